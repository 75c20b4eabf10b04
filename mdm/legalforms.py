"""Legal forms of companies in many countries, as they stand at the end or the beginning of a name."""

from __future__ import annotations

from typing import Final

# After folding: lower case, no accents, no dots, single letters joined ("S. A." is "sa").
_TRAILING: Final = """
joint stock company|open joint stock company|closed joint stock company|public joint stock company|gesellschaft mbh
aktiengesellschaft|kommanditgesellschaft|gesellschaft mit beschrankter haftung|spolka akcyjna|akciova spolecnost
gmbh|gmbh and co kg|gmbh and co kgaa|gmbh and co ohg|gmbh co kg|ggmbh|mbh|ag|ag and co kg|ag and co kgaa|kg|kgaa|ohg|gbr|ug
ug haftungsbeschrankt|ek|eg|ev|se|se and co kg|se and co kgaa|gesmbh|ges mbh|og|partg|partgmbb|stiftung|inc|incorporated|corp
corporation|co|company|llc|llp|lllp|lp|pllc|pc|ltd|limited|plc|cic|co ltd|co limited|company limited|company inc
public limited company|limited liability company|unlimited|ulc|ltee|limitee|pty ltd|pty limited|pty|proprietary limited
pte ltd|pte|private limited|pvt ltd|pvt limited|pvt|p ltd|sdn bhd|bhd|berhad|sa|sas|sasu|sarl|eurl|snc|sca|scs|sci|scop
selarl|sprl|bvba|cvba|asbl|vzw|bv|nv|vof|cv|cva|sagl|societe anonyme|srl|srls|spa|sapa|ss|scarl|scrl|sl|slu|slne|sau
sociedad limitada|sociedad anonima|scoop|sll|lda|ltda|unipessoal lda|eireli|epp|sa de cv|sab de cv|s de rl de cv|srl de cv
sapi de cv|sc|sac|saa|eirl|spa y cia|cia ltda|ca|ab|hb|kb|aktiebolag|as|asa|ans|enk|sf|aps|amba|ivs|ps|oy|oyj|ky|ab oy
osakeyhtio|ehf|hf|ohf|sp z oo|sp zoo|spolka z oo|sp z oo sp k|sp k|sp j|spk|sro|spol sro|spol s ro|vos|ks|zs|kft|zrt|nyrt|bt
kkt|rt|doo|dd|jdoo|ad|ead|ood|eood|adsitz|srl d|pfa|sh pk|shpk|sha|ae|epe|ike|oe|ee|uab|mb|vsi|sia|ik|ou|oue|tu|fie|ooo|oao
zao|pao|ao|tov|pp|pat|prat|tdv|jsc|pjsc|ojsc|cjsc|qsc|psc|wll|bsc|saoc|saog|fze|fzco|fz llc|fzc|anonim sirketi|ltd sti
limited sirketi|sti|san ve tic|san ve tic as|san ve tic ltd sti|tic ltd sti|koll sti|kk|kabushiki kaisha|gk|godo kaisha|yk
yugen kaisha|kabushikigaisha|pt|tbk|persero|perseroan terbatas|ud|cp|tnhh|ctcp|co jsc|public company limited|pcl
public co ltd|inc ph|opc|ltd co
"""

_LEADING: Final = """
pt|cv|ud|uab|sia|as|ou|ooo|oao|zao|pao|ao|ip|tov|pp|prat|ооо|оао|зао|пао|ао|ип|тов|пп|прат|пат|фоп|cong ty tnhh|cong ty cp
joint stock company|open joint stock company|closed joint stock company|public joint stock company|limited liability company
societatea cu raspundere limitata|srl|ojsc|jsc|pjsc|cjsc|llc
ets|societe anonyme|sa|sas|sarl|sci|snc|общество с ограниченной ответственностью|акционерное общество
публичное акционерное общество|открытое акционерное общество|закрытое акционерное общество
"""
_GREEK: Final = "αε|εε|οε|επε|ικε|ανωνυμη εταιρεια|μονοπροσωπη αε"
_CYRILLIC: Final = "ооо|оао|зао|пао|ао|ип|тов|пп|оод|еоод|ад|еад|ет|дд|доо"

LATIN_TRAILING: Final = frozenset(
    tuple(form.split()) for form in (*_TRAILING.replace("\n", "|").split("|"), *_CYRILLIC.split("|"), *_GREEK.split("|")) if form
)
"""Forms at the end of a name, as words."""

LATIN_LEADING: Final = frozenset(tuple(form.split()) for form in _LEADING.replace("\n", "|").split("|") if form)
"""Forms at the beginning of a name, as words."""

LONGEST: Final = max(len(form) for form in LATIN_TRAILING | LATIN_LEADING)
"""The most words that a form has."""

_EAST_ASIAN: Final = """
株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|(株)|(有)|(同)
股份有限公司|有限责任公司|有限責任公司|集团有限公司|集團有限公司|集团股份有限公司|有限公司|公司|厂|廠
個人獨資企業|个人独资企业|合伙企业|(有限合伙)|주식회사|유한회사|유한책임회사|합자회사|(주)|(유)
"""

EAST_ASIAN: Final = tuple(
    sorted((form for form in _EAST_ASIAN.replace("\n", "|").split("|") if form), key=lambda form: (-len(form), form))
)
"""Forms in scripts without spaces, the longest first."""

_KINDS: Final = {
    "stock": """
ag aktiengesellschaft sa spa plc inc incorporated corp corporation nv se asa ab as oyj jsc pjsc ojsc cjsc ao pao oao zao ао пао
оао зао kk tbk bhd berhad zrt nyrt ad αε
""",
    "limited": """
gmbh mbh gesmbh ltd limited llc srl sarl sas bv sl lda ltda aps oy sro kft doo ooo ооо тов tov uab sia ug pte pvt pty sdn sti
gk yk
""",
    "partnership": "kg ohg gbr snc scs vof lp llp cv kb hb",
    "club": "ev asbl vzw",
}
KIND_OF_FORM: Final = {form: kind for kind, forms in _KINDS.items() for form in forms.split()}
"""What sort of company a word of a legal form says it is: names that differ by it may be two companies."""
