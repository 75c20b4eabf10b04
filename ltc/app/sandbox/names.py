"""The words of the sandbox's world: how companies, people, streets and cities are called in twelve countries."""
# ruff: noqa: E501  a table reads better in long lines

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A city; ``sap`` is how a clerk writes it, ``local`` how a local seller writes it, if they differ."""

    name: str
    postal_code: str
    region: str
    sap: str = ""
    local: str = ""


@dataclass(frozen=True, slots=True)
class Country:
    """What a country's companies are made of.

    ``legal`` pairs the written-out legal form with its short form. ``streets`` pair a street with its abbreviated
    spelling; ``{n}`` stands for the house number. ``time_zone`` is where its employees sit. ``trunk`` is dialled before the
    area within the country.
    """

    code: str
    share: int
    currency: str
    language: str
    phone: str
    trunk: str
    area: str
    time_zone: str
    domain: str
    stems: tuple[str, ...]
    branches: tuple[str, ...]
    legal: tuple[tuple[str, str], ...]
    cities: tuple[City, ...]
    streets: tuple[tuple[str, str], ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocalScript:
    """A company name in the script of its country beside its Latin form."""

    latin: str
    local: str


CHINESE_STEMS = (
    LocalScript("Huaxin", "华鑫"), LocalScript("Dongfang", "东方"), LocalScript("Hongda", "宏达"),
    LocalScript("Jinlong", "金龙"), LocalScript("Tianyuan", "天元"), LocalScript("Xinyuan", "鑫源"),
    LocalScript("Zhonghe", "中和"), LocalScript("Ruifeng", "瑞丰"), LocalScript("Changsheng", "昌盛"),
    LocalScript("Yongtai", "永泰"), LocalScript("Haichuan", "海川"), LocalScript("Boda", "博达"),
    LocalScript("Lihua", "利华"), LocalScript("Weiye", "伟业"), LocalScript("Fuda", "富达"),
    LocalScript("Guangming", "光明"), LocalScript("Qiming", "启明"), LocalScript("Shengshi", "盛世"),
    LocalScript("Anke", "安科"), LocalScript("Longteng", "龙腾"),
)  # fmt: skip
CHINESE_BRANCHES = (
    LocalScript("Machinery", "机械"), LocalScript("Electronics", "电子"), LocalScript("Technology", "科技"),
    LocalScript("Trading", "贸易"), LocalScript("Precision Instruments", "精密仪器"), LocalScript("Logistics", "物流"),
    LocalScript("New Energy", "新能源"), LocalScript("Medical Devices", "医疗器械"),
)  # fmt: skip
JAPANESE_STEMS = (
    LocalScript("Yamada", "山田"), LocalScript("Tanaka", "田中"), LocalScript("Suzuki", "鈴木"),
    LocalScript("Sakura", "さくら"), LocalScript("Fuji", "富士"), LocalScript("Nakamura", "中村"),
    LocalScript("Mizuno", "水野"), LocalScript("Ishikawa", "石川"), LocalScript("Hokuto", "北斗"),
    LocalScript("Daiwa", "大和"), LocalScript("Kobayashi", "小林"), LocalScript("Asahi", "旭"),
    LocalScript("Tōyō", "東洋"), LocalScript("Ōta", "太田"), LocalScript("Kyōei", "共栄"),
)  # fmt: skip
JAPANESE_BRANCHES = (
    LocalScript("Seisakusho", "製作所"), LocalScript("Kōgyō", "工業"), LocalScript("Denki", "電機"),
    LocalScript("Shōji", "商事"), LocalScript("Kagaku", "化学"), LocalScript("Seimitsu", "精密"),
)  # fmt: skip

GERMAN_STEMS = (
    "Müller", "Schröder", "Böhm", "Weiß", "Krüger", "Jäger", "Köhler", "Schäfer", "Möller", "Voß", "Groß", "Hübner",
    "Vögel", "Kühn", "Lösch", "Brandt", "Hartmann", "Kessler", "Lindner", "Reinhardt", "Seidel", "Ullrich", "Wolff",
    "Zimmermann", "Bergmann", "Dietrich", "Eberhardt", "Fleischer", "Göbel", "Hänsel",
)  # fmt: skip
GERMAN_BRANCHES = (
    "Maschinenbau", "Gerätebau", "Antriebstechnik", "Elektronik", "Kältetechnik", "Förderanlagen", "Medizintechnik",
    "Werkzeuge", "Möbelwerke", "Logistik", "Präzisionsteile", "Gießerei", "Verpackungen", "Großhandel", "Kunststoffwerke",
)  # fmt: skip
GERMAN_STREETS = (
    ("Hauptstraße {n}", "Hauptstr. {n}"), ("Königstraße {n}", "Koenigstr. {n}"), ("Am Güterbahnhof {n}", "Am Gueterbf. {n}"),
    ("Industriestraße {n}", "Industriestr. {n}"), ("Schloßplatz {n}", "Schlosspl. {n}"), ("Mühlenweg {n}", "Muehlenweg {n}"),
)  # fmt: skip
GERMAN_FIRST = ("Jürgen", "Anja", "Björn", "Käthe", "Stefan", "Ute", "Günther", "Sabine", "Jörg", "Petra", "Lukas", "Mia")
GERMAN_LAST = ("Schäfer", "Groß", "Öztürk", "Lehmann", "Straußberger", "Hübsch", "Brückner", "Neumann", "Vogt", "Weiß")

COUNTRIES = (
    Country(
        "DE", 26, "EUR", "de", "+49", "0", "221", "Europe/Berlin", "de", GERMAN_STEMS, GERMAN_BRANCHES,
        (
            ("Gesellschaft mit beschränkter Haftung", "GmbH"), ("GmbH", "GmbH"), ("G.m.b.H.", "GmbH"),
            ("GmbH & Co. KG", "GmbH & Co. KG"), ("Aktiengesellschaft", "AG"), ("AG", "AG"), ("e. K.", "e.K."),
        ),
        (
            City("Köln", "50667", "NW", "Koeln"), City("München", "80331", "BY", "Muenchen"), City("Berlin", "10115", "BE"),
            City("Düsseldorf", "40210", "NW", "Duesseldorf"), City("Nürnberg", "90402", "BY", "Nuernberg"),
            City("Hamburg", "20095", "HH"), City("Frankfurt am Main", "60311", "HE", "Frankfurt/M."),
            City("Görlitz", "02826", "SN", "Goerlitz"),
        ),
        GERMAN_STREETS, GERMAN_FIRST, GERMAN_LAST,
    ),
    Country(
        "AT", 5, "EUR", "de", "+43", "0", "15", "Europe/Vienna", "at",
        ("Österreicher", "Grüner", "Huber", "Steinböck", "Pühringer", "Wögerer", "Danninger", "Leitgeb"), GERMAN_BRANCHES,
        (("GmbH", "GmbH"), ("Gesellschaft m.b.H.", "GmbH"), ("AG", "AG"), ("OG", "OG")),
        (City("Wien", "1010", "9"), City("Graz", "8010", "6"), City("Linz", "4020", "4"), City("Sankt Pölten", "3100", "3", "St. Poelten")),
        GERMAN_STREETS, GERMAN_FIRST, ("Huber", "Gruber", "Höllerer", "Mayr", "Pichler"),
    ),
    Country(
        "CH", 4, "EUR", "de", "+41", "0", "44", "Europe/Zurich", "ch",
        ("Bürgi", "Zürcher", "Aeschbacher", "Frei", "Lüthi", "Brönnimann", "Sägesser"), GERMAN_BRANCHES,
        (("AG", "AG"), ("GmbH", "GmbH"), ("Aktiengesellschaft", "AG")),
        (City("Zürich", "8001", "ZH", "Zuerich"), City("Genève", "1201", "GE", "Genf"), City("Basel", "4051", "BS"), City("Bern", "3011", "BE")),
        (("Bahnhofstrasse {n}", "Bahnhofstr. {n}"), ("Münzgasse {n}", "Muenzgasse {n}"), ("Rue du Rhône {n}", "Rue du Rhone {n}")),
        ("Urs", "Reto", "Béatrice", "Noëlle", "Jürg"), ("Frei", "Zürcher", "Müller", "Favre", "Rochat"),
    ),
    Country(
        "FR", 12, "EUR", "fr", "+33", "0", "1", "Europe/Paris", "fr",
        ("Lefèvre", "Bérenger", "Dupré", "François", "Hélios", "Île-de-Ré", "Côte d'Azur", "Châtelain", "Rousseau",
         "Élan", "Mathieu", "Cœur", "L'Étoile", "Noël", "Garnier", "Vidal"),
        ("Mécanique", "Électronique", "Métallurgie", "Équipements", "Distribution", "Emballages", "Énergie", "Santé"),
        (("SARL", "SARL"), ("S.A.R.L.", "SARL"), ("Société Anonyme", "SA"), ("S.A.", "SA"), ("SAS", "SAS"), ("S.A.S.U.", "SASU")),
        (City("Paris", "75008", "IDF"), City("Lyon", "69002", "ARA"), City("Saint-Étienne", "42000", "ARA", "St Etienne"),
         City("Besançon", "25000", "BFC", "Besancon"), City("Orléans", "45000", "CVL", "Orleans")),
        (("{n}, boulevard de la République", "{n} bd de la Republique"), ("{n}, avenue Foch", "{n} av. Foch"), ("{n}, rue de l'Église", "{n} r. de l'Eglise")),
        ("Hélène", "François", "Anaïs", "Loïc", "Zoé", "Benoît"), ("Lefèvre", "Bérard", "Gauthier", "D'Alembert", "Müntz"),
    ),
    Country(
        "IT", 10, "EUR", "it", "+39", "", "02", "Europe/Rome", "it",
        ("Rossi", "Ferrari", "Esposito", "Colombo", "Ricci", "Marino", "D'Angelo", "Dell'Acqua", "Fratelli Bianchi",
         "Niccolò", "Galli", "Conti", "Pellegrini", "Sartori"),
        ("Meccanica", "Elettronica", "Impianti", "Forniture", "Ceramiche", "Officine", "Trasporti", "Qualità"),
        (("S.p.A.", "SPA"), ("S.r.l.", "SRL"), ("Società a responsabilità limitata", "SRL"), ("Società per Azioni", "SPA")),
        (City("Milano", "20121", "MI"), City("Torino", "10121", "TO"), City("Forlì", "47121", "FC", "Forli'"), City("Bologna", "40121", "BO")),
        (("Via Giuseppe Garibaldi {n}", "Via G. Garibaldi {n}"), ("Piazza della Libertà {n}", "P.za della Liberta' {n}"), ("Corso Italia {n}", "C.so Italia {n}")),
        ("Niccolò", "Giulia", "Matteo", "Chiara", "Luca"), ("De Luca", "D'Amico", "Bianchi", "Greco", "Lo Presti"),
    ),
    Country(
        "ES", 8, "EUR", "es", "+34", "", "91", "Europe/Madrid", "es",
        ("García", "Muñoz", "Ibáñez", "Peña", "Núñez", "Martínez", "Ordóñez", "Castaño", "Vázquez", "León"),
        ("Maquinaria", "Electrónica", "Suministros", "Ingeniería", "Cerámicas", "Logística", "Envases"),
        (("Sociedad Limitada", "SL"), ("S.L.", "SL"), ("S.A.", "SA"), ("S.L.U.", "SLU")),
        (City("Madrid", "28013", "MD"), City("Málaga", "29015", "AN", "Malaga"), City("A Coruña", "15001", "GA", "La Coruna"), City("León", "24001", "CL", "Leon")),
        (("Calle Alcalá {n}", "C/ Alcala {n}"), ("Avenida de España {n}", "Avda. de Espana {n}"), ("Paseo de la Peña {n}", "Po. de la Pena {n}")),
        ("Íñigo", "Begoña", "José", "Lucía", "Ángel"), ("Muñoz", "García", "Ibáñez", "Peña", "Núñez"),
    ),
    Country(
        "GB", 10, "GBP", "en", "+44", "0", "207", "Europe/London", "co.uk",
        ("Ashworth", "O'Neill", "Blackwood", "Llewellyn", "McAllister", "Smith & Sons", "Thornbury", "Wycombe", "Pemberton",
         "St John's", "Harrington", "Kingsley", "Fairfax", "Drummond"),
        ("Engineering", "Electronics", "Fabrications", "Supplies", "Instruments", "Logistics", "Pumps", "Controls"),
        (("Limited", "LTD"), ("Ltd", "LTD"), ("Ltd.", "LTD"), ("PLC", "PLC"), ("Public Limited Company", "PLC")),
        (City("London", "EC1A 1BB", "LND"), City("Manchester", "M1 1AE", "MAN"), City("Bristol", "BS1 4DJ", "BST"), City("Edinburgh", "EH1 1YZ", "EDH")),
        (("{n} Victoria Road", "{n} Victoria Rd"), ("{n} Saint James Street", "{n} St James St"), ("{n} Mill Lane", "{n} Mill Ln")),
        ("Siobhán", "Oliver", "Niamh", "Graham", "Zoë"), ("O'Connor", "Smith-Jones", "McLeod", "Taylor", "Hughes"),
    ),
    Country(
        "NL", 4, "EUR", "nl", "+31", "0", "20", "Europe/Amsterdam", "nl",
        ("Van den Berg", "De Vries", "Jansen", "Van 't Hof", "Bakker", "Visser", "Kuiper", "IJssel"),
        ("Machines", "Techniek", "Groothandel", "Installaties", "Verpakkingen", "Transport"),
        (("B.V.", "BV"), ("BV", "BV"), ("Besloten Vennootschap", "BV"), ("N.V.", "NV")),
        (City("Amsterdam", "1012 JS", "NH"), City("'s-Hertogenbosch", "5211 GZ", "NB", "Den Bosch"), City("Utrecht", "3511 LX", "UT")),
        (("Keizersgracht {n}", "Keizersgr. {n}"), ("Burgemeester de Vlugtlaan {n}", "Burg. de Vlugtln {n}")),
        ("Joost", "Anneke", "Daniël", "Renée"), ("Van Dijk", "De Groot", "Smit", "Van 't Veer"),
    ),
    Country(
        "CN", 9, "USD", "zh", "+86", "0", "21", "Asia/Shanghai", "com.cn", (), (), (("Co., Ltd.", "CO LTD"), ("Co. Ltd", "CO LTD")),
        (City("Shanghai", "200001", "SH", local="上海市"), City("Shenzhen", "518001", "GD", local="深圳市"),
         City("Beijing", "100001", "BJ", local="北京市"), City("Suzhou", "215001", "JS", local="苏州市")),
        (("No. {n} Nanjing Road", "{n} Nanjing Rd"), ("No. {n} Zhongshan East Road", "{n} Zhongshan E. Rd")),
        ("Wei", "Fang", "Lei", "Xiaoming", "Yan"), ("Wang", "Li", "Zhang", "Lü", "Chen"),
    ),
    Country(
        "JP", 6, "JPY", "ja", "+81", "0", "33", "Asia/Tokyo", "co.jp", (), (), (("K.K.", "KK"), ("Co., Ltd.", "CO LTD")),
        (City("Tōkyō", "100-0001", "13", "Tokyo", "東京都"), City("Ōsaka", "530-0001", "27", "Osaka", "大阪市"),
         City("Nagoya", "450-0002", "23", local="名古屋市")),
        (("Marunouchi {n}-1", "Marunouchi {n}-1"), ("Umeda {n}-2-3", "Umeda {n}-2-3")),
        ("Haruto", "Yui", "Kenji", "Akiko"), ("Satō", "Itō", "Yamamoto", "Ōno"),
    ),
    Country(
        "KW", 3, "KWD", "ar", "+965", "", "22", "Asia/Kuwait", "com.kw",
        ("Al-Sabah", "Al Ghanim", "Al-Mutawa", "Gulf", "Burgan", "Al Kharafi", "Boubyan", "Failaka"),
        ("Trading & Contracting", "Oil Field Services", "General Trading", "Industries", "Medical Supplies"),
        (("Company W.L.L.", "CO WLL"), ("Co. WLL", "CO WLL"), ("K.S.C.C.", "KSCC")),
        (City("Kuwait City", "13001", "KU"), City("Al Ahmadi", "61000", "AH"), City("Hawalli", "32000", "HA")),
        (("Block {n}, Fahad Al-Salem Street", "Blk {n} Fahad Al Salem St"), ("Building {n}, Arabian Gulf Street", "Bldg {n} Arabian Gulf St")),
        ("Abdullah", "Fatima", "Yousef", "Noor"), ("Al-Rashid", "Al Enezi", "Al-Shammari"),
    ),
    Country(
        "US", 3, "USD", "en", "+1", "", "3125", "America/Chicago", "com",
        ("Hawthorne", "McKinley", "Peña Brothers", "Blue Ridge", "Great Lakes", "Lone Star", "O'Malley", "Summit"),
        ("Manufacturing", "Industrial Supply", "Controls", "Devices", "Hydraulics"),
        (("Incorporated", "INC"), ("Inc.", "INC"), ("LLC", "LLC"), ("Corporation", "CORP")),
        (City("Chicago", "60601", "IL"), City("Houston", "77002", "TX"), City("Saint Paul", "55101", "MN", "St. Paul")),
        (("{n} North Michigan Avenue", "{n} N Michigan Ave"), ("{n} Main Street, Suite 200", "{n} Main St Ste 200")),
        ("Ashley", "Tyler", "María", "Brandon"), ("Johnson", "Peña", "Williams", "O'Brien"),
    ),
)  # fmt: skip

INDUSTRIES = ("Machinery", "Electronics", "Energy", "Healthcare", "Retail", "Transportation", "Construction", "Chemicals")
SEGMENTS = ("Key Account", "Mid-Market", "SMB", "Public Sector")
PAYMENT_TERMS = ("NT30", "NT14", "NT60", "NT00")

PRODUCT_NOUNS = (
    ("Kühlaggregat", "KUEHLAGGR", "C62"), ("Förderband", "FOERDERBAND", "MTR"), ("Servoantrieb", "SERVOANTRIEB", "C62"),
    ("Industrial Gateway", "IND GATEWAY", "C62"), ("Pompe à vide", "POMPE A VIDE", "C62"),
    ("Sensor de presión", "SENSOR PRESION", "C62"), ("Granulat Polyäthylen", "GRANULAT PE", "KGM"),
    ("Control Cabinet", "SCHALTSCHRANK", "C62"), ("Hydraulic Hose", "HYDR HOSE", "MTR"),
    ("Maintenance Kit", "WARTUNGSSATZ", "C62"), ("Bosch-Rexroth Ventil", "VENTIL BR", "C62"),
    ("Linear Actuator with Ball Screw and Position Feedback", "LINEAR ACTUATOR BALL SCREW", "C62"),
)  # fmt: skip
PRODUCT_VARIANTS = ("Basic", "Plus", "Pro", "XL", "Mini")
DEAL_WORDS = ("Retrofit", "New line", "Framework", "Spare parts", "Expansion", "Pilot", "Modernisation", "Replacement")
LEAD_SOURCES = ("Web", "Trade Show", "Partner Referral", "Phone Inquiry")
