"""What words of companies' names mean, in many languages: one concept however it is spelt, and how much it tells."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _listed(text: str) -> list[str]:
    return text.split()


def _table(text: str) -> dict[str, str]:
    """Read lines of the form ``concept: spelling spelling``; the concept is a spelling of itself."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        concept, _, spellings = line.strip().partition(":")
        found |= dict.fromkeys((concept, *spellings.split()), concept)
    return found


_GENERIC: Final = """
group: groupe gruppe gruppo grupo grupa gp grp 集团 グループ 그룹 группа
company: companies compagnie compania compagnia company gesellschaft
international: internationale internacional internazionale intl int 国际 国際 インターナショナル 국제
global: worldwide
sanayi: san
ticaret: tic
"""
_COUNTRIES: Final = """
germany: deutschland allemagne germania alemania tyskland 德国 ドイツ
france: frankreich francia 法国 フランス
italy: italia italien italie 意大利 イタリア
spain: espana spanien iberia 西班牙
austria: osterreich autriche
switzerland: schweiz suisse svizzera
poland: polska polen pologne
netherlands: nederland niederlande
belgium: belgie belgique belgien
china: zhongguo chine 中国 中國 중국
japan: nippon nihon japon 日本 일본
korea: hanguk 韩国 한국
usa: america us
uk: britain
india: indien
brazil: brasil
mexico:
russia: россия rossiya
turkey: turkiye turkei
europe: europa
asia:
canada:
australia:
"""
_SECTORS: Final = """
technology: technologies tech technik technologie tecnologia teknoloji 科技 技术 技術 テクノロジー 기술 технологии
electronics: electronic elektronik 电子 電子 전자
electric: electrical electrics 电气 电机 電機 전기
software: soft 软件 ソフトウェア ソフト 소프트웨어 소프트
hardware: 硬件 ハードウェア 하드
trading: trade 贸易 商贸 貿易 무역
logistics: logistik logistica logistique 物流 물류
transport: transports trasporti transporte transportes 运输
foods: food 食品 フーズ 식품
beverages: beverage drinks 饮料 饮品
motor: motors 汽车 自动车 自動車
industries: industrial industrie industria kogyo 工业 实业 工業
machinery: machine machines maschinen 机械
manufacturing: mfg manufacture 制造 製造 制作所 製作所
construction: constructions construcciones bau 建筑 建设 建设工程 건설 建設
medical: 医疗 의료
devices: 器械 设备
parts: 零部件
precision: 精密
investment: investments 投资
shipping: 航运 海运
electricrail: 电铁 電鉄
electricworks: 电工 電工
dairy: 乳业
tea: 茶叶
silk: 丝绸
products: bussan 物产 物産 물산
shop: 商店 商会
bookshop: 书店 書店
homes: ホームズ
heavyindustries: 重工业 중공업 重工業
beer: 啤酒
pharma: pharmaceuticals 制药 医药
chemicals: chemical chemie 化工 化学
textile: textiles tekstil 纺织
energy: energie energia 能源
bank: banca banque 银行
insurance: versicherung versicherungen 保险
"""
_ABBREVIATIONS: Final = """
manufacturing: mfg manuf
brothers: bros
gebruder: gebr gebrueder
fratelli: flli
saint: st
doctor: dr
center: ctr centre
association: assoc assn
university: univ
services: svcs
engineering: eng engg
strasse: str
department: dept
limited: ltda
maria: mª
"""
_PARTICLES: Final = frozenset(
    _listed(
        """
    the of and und et y e i es ve og och ja de du des la le les l d el los las il lo gli dei della delle di da do
    dos das der die den das dem van von vd zu zum zur am im a o
    """
    )
)
_NUMBERS: Final = """
1: one first erste erster erstes primo premiere
2: two second zweite zweiter zweites secondo deuxieme
3: three third dritte dritter drittes terzo troisieme
4: four fourth vierte vierter viertes quarto quatrieme
5: five fifth funfte funfter
6: six sixth sechste
7: seven seventh siebte
8: eight eighth achte
9: nine ninth neunte
10: ten tenth zehnte
"""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    _table(
        """
        siemens: 西门子 シーメンス 지멘스
        huawei: 华为 ファーウェイ 화웨이
        toyota: 丰田 トヨタ 豊田 도요타
        honda: 本田 ホンダ 혼다
        samsung: 三星 삼성 サムスン
        sony: 索尼 ソニー 소니
        cocacola: 可口可乐 コカコーラ 코카콜라
        pepsicola: 百事可乐
        lenovo: 联想
        haier: 海尔
        alibaba: 阿里巴巴
        tencent: 腾讯
        bosch: 博世 ボッシュ
        basf: 巴斯夫
        volkswagen: 大众
        hitachi: 日立
        panasonic: 松下 パナソニック
        toshiba: 东芝 東芝
        fujitsu: 富士通
        hyundai: 现代 현대
        apple: 苹果 アップル 애플
        microsoft: 微软 マイクロソフト
        nestle: 雀巢 ネスレ
        unilever: 联合利华
        gazprom: газпром
        sberbank: сбербанк
        ibm: internationalbusinessmachines
        bmw: bayerischemotorenwerke 宝马
        3m: minnesotaminingmanufacturing
        basf: badischeanilinsodafabrik
        ge: generalelectric
        gm: generalmotors
        hp: hewlettpackard
        vw: volkswagen
        """
    )
)
"""Brands that are called otherwise in other scripts, and acronyms that everybody knows, by what is left when spaces are gone."""

# An acronym that everybody knows is a brand itself, and stands for nobody else.
CONCEPTS: Final[Mapping[str, str]] = MappingProxyType(
    _table(_GENERIC) | _table(_COUNTRIES) | _table(_SECTORS) | _table(_ABBREVIATIONS)
)
"""Words that mean the same."""

CITY_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "香港": "hongkong",
        "澳门": "macau",
        "台北": "taipei",
        "高雄": "kaohsiung",
        "东京": "tokyo",
        "大阪": "osaka",
        "京都": "kyoto",
        "名古屋": "nagoya",
        "横滨": "yokohama",
        "神户": "kobe",
        "福冈": "fukuoka",
        "札幌": "sapporo",
        "서울": "seoul",
        "부산": "busan",
        "인천": "incheon",
        "대구": "daegu",
        "광주": "gwangju",
        "대전": "daejeon",
    }
)
"""Cities that are not called abroad as their characters read in Mandarin."""

GENERIC: Final = frozenset(_table(_GENERIC).values())
"""Concepts that a name may have or not without being another company's."""

COUNTRIES: Final = frozenset(_table(_COUNTRIES).values())
"""Where a group has its companies: one in each country."""

SECTORS: Final = frozenset(_table(_SECTORS).values())
"""What a company does: many do the same, and few do two things under one name."""

PARTICLES: Final = _PARTICLES
"""Little words that tell nothing."""

NUMBER_WORDS: Final[Mapping[str, str]] = MappingProxyType(_table(_NUMBERS))
"""Words that tell sisters apart."""

BRANCH: Final = frozenset(
    _listed(
        """
    niederlassung zweigniederlassung filiale branch succursale sucursal filial afdeling zweigstelle 分公司 支店
    """
    )
)
"""From here on a name says which of a company's places it is."""

TRADING_AS: Final = frozenset({"ta", "dba", "aka", "fka"})
"""Between the name in the register and the one over the door."""

CITIES: Final = tuple(
    _listed(
        """
    北京 上海 天津 重庆 广州 深圳 东莞 佛山 珠海 中山 惠州 汕头 杭州 宁波 温州 绍兴 嘉兴 义乌 金华 南京 苏州 无锡
    常州 南通 扬州 徐州 昆山 成都 绵阳 武汉 宜昌 长沙 郑州 洛阳 济南 青岛 烟台 潍坊 临沂 沈阳 大连 长春 哈尔滨 西安
    太原 石家庄 唐山 保定 合肥 芜湖 南昌 福州 厦门 泉州 南宁 桂林 海口 三亚 昆明 贵阳 兰州 银川 西宁 乌鲁木齐 拉萨
    呼和浩特 香港 澳门 台湾 台北 高雄 广东 浙江 江苏 山东 河北 河南 湖北 湖南 四川 福建 安徽 江西 辽宁 吉林 黑龙江
    山西 陕西 云南 贵州 广西 海南 甘肃 内蒙古 新疆 宁夏 青海 东京 大阪 京都 名古屋 横滨 神户 福冈 札幌 서울 부산
    인천 대구 광주 대전
    """
    )
)
"""Cities and provinces with which the names of companies in China, Japan and Korea begin, in simplified characters."""

EAST_SECTORS: Final = tuple(
    sorted(
        (word for word, concept in CONCEPTS.items() if not word.isascii() and concept in SECTORS | GENERIC),
        key=lambda word: (-len(word), word),
    )
)
"""Words for what a company does, in scripts without spaces, the longest first."""
