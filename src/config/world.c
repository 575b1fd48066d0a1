/* world.c: the time zones and countries there are.
 *
 * The names of the IANA time zone database (2025b), old ones that still work among
 * them, and the codes of ISO 3166-1 with the names that database gives them. A list of
 * our own, so that a mistake is found on a machine without the database, too. Both are
 * in the public domain.
 */
#include "config/world.h"

#include "config/config.h"

/* As many texts as a compiler must take in one literal. */
static const char *const zones[] = {
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 "
    "Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET "
    "MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore "
    "Turkey UCT UTC Universal W-SU WET Zulu Africa/Abidjan Africa/Accra "
    "Africa/Addis_Ababa Africa/Algiers Africa/Asmara Africa/Asmera Africa/Bamako "
    "Africa/Bangui Africa/Banjul Africa/Bissau Africa/Blantyre Africa/Brazzaville "
    "Africa/Bujumbura Africa/Cairo Africa/Casablanca Africa/Ceuta Africa/Conakry "
    "Africa/Dakar Africa/Dar_es_Salaam Africa/Djibouti Africa/Douala Africa/El_Aaiun "
    "Africa/Freetown Africa/Gaborone Africa/Harare Africa/Johannesburg Africa/Juba "
    "Africa/Kampala Africa/Khartoum Africa/Kigali Africa/Kinshasa Africa/Lagos "
    "Africa/Libreville Africa/Lome Africa/Luanda Africa/Lubumbashi Africa/Lusaka "
    "Africa/Malabo Africa/Maputo Africa/Maseru Africa/Mbabane Africa/Mogadishu "
    "Africa/Monrovia Africa/Nairobi Africa/Ndjamena Africa/Niamey Africa/Nouakchott "
    "Africa/Ouagadougou Africa/Porto-Novo Africa/Sao_Tome Africa/Timbuktu "
    "Africa/Tripoli Africa/Tunis Africa/Windhoek",
    "America/Adak America/Anchorage America/Anguilla America/Antigua "
    "America/Araguaina America/Argentina/Buenos_Aires America/Argentina/Catamarca "
    "America/Argentina/ComodRivadavia America/Argentina/Cordoba "
    "America/Argentina/Jujuy America/Argentina/La_Rioja America/Argentina/Mendoza "
    "America/Argentina/Rio_Gallegos America/Argentina/Salta "
    "America/Argentina/San_Juan America/Argentina/San_Luis America/Argentina/Tucuman "
    "America/Argentina/Ushuaia America/Aruba America/Asuncion America/Atikokan "
    "America/Atka America/Bahia America/Bahia_Banderas America/Barbados "
    "America/Belem America/Belize America/Blanc-Sablon America/Boa_Vista "
    "America/Bogota America/Boise America/Buenos_Aires America/Cambridge_Bay "
    "America/Campo_Grande America/Cancun America/Caracas America/Catamarca "
    "America/Cayenne America/Cayman America/Chicago America/Chihuahua "
    "America/Ciudad_Juarez America/Coral_Harbour America/Cordoba America/Costa_Rica "
    "America/Coyhaique America/Creston America/Cuiaba America/Curacao "
    "America/Danmarkshavn America/Dawson America/Dawson_Creek America/Denver "
    "America/Detroit America/Dominica America/Edmonton America/Eirunepe "
    "America/El_Salvador America/Ensenada America/Fort_Nelson America/Fort_Wayne "
    "America/Fortaleza America/Glace_Bay America/Godthab America/Goose_Bay "
    "America/Grand_Turk America/Grenada America/Guadeloupe America/Guatemala "
    "America/Guayaquil America/Guyana America/Halifax America/Havana "
    "America/Hermosillo America/Indiana/Indianapolis America/Indiana/Knox "
    "America/Indiana/Marengo America/Indiana/Petersburg America/Indiana/Tell_City "
    "America/Indiana/Vevay America/Indiana/Vincennes America/Indiana/Winamac "
    "America/Indianapolis America/Inuvik America/Iqaluit America/Jamaica "
    "America/Jujuy America/Juneau America/Kentucky/Louisville "
    "America/Kentucky/Monticello America/Knox_IN America/Kralendijk America/La_Paz "
    "America/Lima America/Los_Angeles America/Louisville America/Lower_Princes "
    "America/Maceio America/Managua America/Manaus America/Marigot "
    "America/Martinique America/Matamoros America/Mazatlan America/Mendoza "
    "America/Menominee America/Merida America/Metlakatla America/Mexico_City "
    "America/Miquelon America/Moncton America/Monterrey America/Montevideo "
    "America/Montreal America/Montserrat America/Nassau America/New_York "
    "America/Nipigon America/Nome America/Noronha America/North_Dakota/Beulah "
    "America/North_Dakota/Center America/North_Dakota/New_Salem America/Nuuk "
    "America/Ojinaga America/Panama America/Pangnirtung America/Paramaribo "
    "America/Phoenix America/Port-au-Prince America/Port_of_Spain America/Porto_Acre "
    "America/Porto_Velho America/Puerto_Rico America/Punta_Arenas "
    "America/Rainy_River America/Rankin_Inlet America/Recife America/Regina "
    "America/Resolute America/Rio_Branco America/Rosario America/Santa_Isabel "
    "America/Santarem America/Santiago America/Santo_Domingo America/Sao_Paulo "
    "America/Scoresbysund America/Shiprock America/Sitka America/St_Barthelemy "
    "America/St_Johns America/St_Kitts America/St_Lucia America/St_Thomas "
    "America/St_Vincent America/Swift_Current America/Tegucigalpa America/Thule "
    "America/Thunder_Bay America/Tijuana America/Toronto America/Tortola "
    "America/Vancouver America/Virgin America/Whitehorse America/Winnipeg "
    "America/Yakutat America/Yellowknife Antarctica/Casey Antarctica/Davis "
    "Antarctica/DumontDUrville Antarctica/Macquarie Antarctica/Mawson "
    "Antarctica/McMurdo Antarctica/Palmer Antarctica/Rothera Antarctica/South_Pole "
    "Antarctica/Syowa Antarctica/Troll Antarctica/Vostok Arctic/Longyearbyen",
    "Asia/Aden Asia/Almaty Asia/Amman Asia/Anadyr Asia/Aqtau Asia/Aqtobe "
    "Asia/Ashgabat Asia/Ashkhabad Asia/Atyrau Asia/Baghdad Asia/Bahrain Asia/Baku "
    "Asia/Bangkok Asia/Barnaul Asia/Beirut Asia/Bishkek Asia/Brunei Asia/Calcutta "
    "Asia/Chita Asia/Choibalsan Asia/Chongqing Asia/Chungking Asia/Colombo "
    "Asia/Dacca Asia/Damascus Asia/Dhaka Asia/Dili Asia/Dubai Asia/Dushanbe "
    "Asia/Famagusta Asia/Gaza Asia/Harbin Asia/Hebron Asia/Ho_Chi_Minh "
    "Asia/Hong_Kong Asia/Hovd Asia/Irkutsk Asia/Istanbul Asia/Jakarta Asia/Jayapura "
    "Asia/Jerusalem Asia/Kabul Asia/Kamchatka Asia/Karachi Asia/Kashgar "
    "Asia/Kathmandu Asia/Katmandu Asia/Khandyga Asia/Kolkata Asia/Krasnoyarsk "
    "Asia/Kuala_Lumpur Asia/Kuching Asia/Kuwait Asia/Macao Asia/Macau Asia/Magadan "
    "Asia/Makassar Asia/Manila Asia/Muscat Asia/Nicosia Asia/Novokuznetsk "
    "Asia/Novosibirsk Asia/Omsk Asia/Oral Asia/Phnom_Penh Asia/Pontianak "
    "Asia/Pyongyang Asia/Qatar Asia/Qostanay Asia/Qyzylorda Asia/Rangoon Asia/Riyadh "
    "Asia/Saigon Asia/Sakhalin Asia/Samarkand Asia/Seoul Asia/Shanghai "
    "Asia/Singapore Asia/Srednekolymsk Asia/Taipei Asia/Tashkent Asia/Tbilisi "
    "Asia/Tehran Asia/Tel_Aviv Asia/Thimbu Asia/Thimphu Asia/Tokyo Asia/Tomsk "
    "Asia/Ujung_Pandang Asia/Ulaanbaatar Asia/Ulan_Bator Asia/Urumqi Asia/Ust-Nera "
    "Asia/Vientiane Asia/Vladivostok Asia/Yakutsk Asia/Yangon Asia/Yekaterinburg "
    "Asia/Yerevan Atlantic/Azores Atlantic/Bermuda Atlantic/Canary "
    "Atlantic/Cape_Verde Atlantic/Faeroe Atlantic/Faroe Atlantic/Jan_Mayen "
    "Atlantic/Madeira Atlantic/Reykjavik Atlantic/South_Georgia Atlantic/St_Helena "
    "Atlantic/Stanley Australia/ACT Australia/Adelaide Australia/Brisbane "
    "Australia/Broken_Hill Australia/Canberra Australia/Currie Australia/Darwin "
    "Australia/Eucla Australia/Hobart Australia/LHI Australia/Lindeman "
    "Australia/Lord_Howe Australia/Melbourne Australia/NSW Australia/North "
    "Australia/Perth Australia/Queensland Australia/South Australia/Sydney "
    "Australia/Tasmania Australia/Victoria Australia/West Australia/Yancowinna "
    "Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West Canada/Atlantic "
    "Canada/Central Canada/Eastern Canada/Mountain Canada/Newfoundland "
    "Canada/Pacific Canada/Saskatchewan Canada/Yukon Chile/Continental "
    "Chile/EasterIsland Etc/GMT Etc/GMT+0 Etc/GMT+1 Etc/GMT+10 Etc/GMT+11 Etc/GMT+12 "
    "Etc/GMT+2 Etc/GMT+3 Etc/GMT+4 Etc/GMT+5 Etc/GMT+6 Etc/GMT+7 Etc/GMT+8 Etc/GMT+9 "
    "Etc/GMT-0 Etc/GMT-1 Etc/GMT-10 Etc/GMT-11 Etc/GMT-12 Etc/GMT-13 Etc/GMT-14 "
    "Etc/GMT-2 Etc/GMT-3 Etc/GMT-4 Etc/GMT-5 Etc/GMT-6 Etc/GMT-7 Etc/GMT-8 Etc/GMT-9 "
    "Etc/GMT0 Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu Europe/Amsterdam "
    "Europe/Andorra Europe/Astrakhan Europe/Athens Europe/Belfast Europe/Belgrade "
    "Europe/Berlin Europe/Bratislava Europe/Brussels Europe/Bucharest "
    "Europe/Budapest Europe/Busingen Europe/Chisinau Europe/Copenhagen Europe/Dublin "
    "Europe/Gibraltar Europe/Guernsey Europe/Helsinki Europe/Isle_of_Man "
    "Europe/Istanbul Europe/Jersey Europe/Kaliningrad Europe/Kiev Europe/Kirov "
    "Europe/Kyiv Europe/Lisbon Europe/Ljubljana Europe/London Europe/Luxembourg "
    "Europe/Madrid Europe/Malta Europe/Mariehamn Europe/Minsk Europe/Monaco "
    "Europe/Moscow Europe/Nicosia Europe/Oslo Europe/Paris Europe/Podgorica "
    "Europe/Prague Europe/Riga Europe/Rome Europe/Samara Europe/San_Marino "
    "Europe/Sarajevo Europe/Saratov Europe/Simferopol Europe/Skopje Europe/Sofia "
    "Europe/Stockholm Europe/Tallinn Europe/Tirane Europe/Tiraspol Europe/Ulyanovsk "
    "Europe/Uzhgorod Europe/Vaduz Europe/Vatican Europe/Vienna Europe/Vilnius "
    "Europe/Volgograd Europe/Warsaw Europe/Zagreb Europe/Zaporozhye Europe/Zurich "
    "Indian/Antananarivo Indian/Chagos Indian/Christmas Indian/Cocos Indian/Comoro "
    "Indian/Kerguelen Indian/Mahe Indian/Maldives Indian/Mauritius Indian/Mayotte "
    "Indian/Reunion Mexico/BajaNorte Mexico/BajaSur Mexico/General",
    "Pacific/Apia Pacific/Auckland Pacific/Bougainville Pacific/Chatham "
    "Pacific/Chuuk Pacific/Easter Pacific/Efate Pacific/Enderbury Pacific/Fakaofo "
    "Pacific/Fiji Pacific/Funafuti Pacific/Galapagos Pacific/Gambier "
    "Pacific/Guadalcanal Pacific/Guam Pacific/Honolulu Pacific/Johnston "
    "Pacific/Kanton Pacific/Kiritimati Pacific/Kosrae Pacific/Kwajalein "
    "Pacific/Majuro Pacific/Marquesas Pacific/Midway Pacific/Nauru Pacific/Niue "
    "Pacific/Norfolk Pacific/Noumea Pacific/Pago_Pago Pacific/Palau Pacific/Pitcairn "
    "Pacific/Pohnpei Pacific/Ponape Pacific/Port_Moresby Pacific/Rarotonga "
    "Pacific/Saipan Pacific/Samoa Pacific/Tahiti Pacific/Tarawa Pacific/Tongatapu "
    "Pacific/Truk Pacific/Wake Pacific/Wallis Pacific/Yap US/Alaska US/Aleutian "
    "US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii US/Indiana-Starke "
    "US/Michigan US/Mountain US/Pacific US/Samoa",
};

static const char countries[] =
    "AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua & Barbuda|"
    "AI Anguilla|AL Albania|AM Armenia|AO Angola|AQ Antarctica|AR Argentina|"
    "AS Samoa (American)|AT Austria|AU Australia|AW Aruba|AX Åland Islands|"
    "AZ Azerbaijan|BA Bosnia & Herzegovina|BB Barbados|BD Bangladesh|BE Belgium|"
    "BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|BL St Barthelemy|"
    "BM Bermuda|BN Brunei|BO Bolivia|BQ Caribbean NL|BR Brazil|BS Bahamas|BT Bhutan|"
    "BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada|"
    "CC Cocos (Keeling) Islands|CD Congo (Dem. Rep.)|CF Central African Rep.|"
    "CG Congo (Rep.)|CH Switzerland|CI Côte d'Ivoire|CK Cook Islands|CL Chile|"
    "CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde|CW Curaçao|"
    "CX Christmas Island|CY Cyprus|CZ Czech Republic|DE Germany|DJ Djibouti|"
    "DK Denmark|DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|"
    "EG Egypt|EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji|"
    "FK Falkland Islands|FM Micronesia|FO Faroe Islands|FR France|GA Gabon|"
    "GB Britain (UK)|GD Grenada|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|"
    "GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe|"
    "GQ Equatorial Guinea|GR Greece|GS South Georgia & the South Sandwich Islands|"
    "GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana|HK Hong Kong|"
    "HM Heard Island & McDonald Islands|HN Honduras|HR Croatia|HT Haiti|HU Hungary|"
    "ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|"
    "IO British Indian Ocean Territory|IQ Iraq|IR Iran|IS Iceland|IT Italy|JE Jersey|"
    "JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati|"
    "KM Comoros|KN St Kitts & Nevis|KP Korea (North)|KR Korea (South)|KW Kuwait|"
    "KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon|LC St Lucia|LI Liechtenstein|"
    "LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LU Luxembourg|LV Latvia|"
    "LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MF St Martin (French)|"
    "MG Madagascar|MH Marshall Islands|MK North Macedonia|ML Mali|MM Myanmar (Burma)|"
    "MN Mongolia|MO Macau|MP Northern Mariana Islands|MQ Martinique|MR Mauritania|"
    "MS Montserrat|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MY Malaysia|"
    "MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NF Norfolk Island|NG Nigeria|"
    "NI Nicaragua|NL Netherlands|NO Norway|NP Nepal|NR Nauru|NU Niue|NZ New Zealand|"
    "OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea|"
    "PH Philippines|PK Pakistan|PL Poland|PM St Pierre & Miquelon|PN Pitcairn|"
    "PR Puerto Rico|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|"
    "RE Réunion|RO Romania|RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|"
    "SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SH St Helena|"
    "SI Slovenia|SJ Svalbard & Jan Mayen|SK Slovakia|SL Sierra Leone|SM San Marino|"
    "SN Senegal|SO Somalia|SR Suriname|SS South Sudan|ST Sao Tome & Principe|"
    "SV El Salvador|SX St Maarten (Dutch)|SY Syria|SZ Eswatini (Swaziland)|"
    "TC Turks & Caicos Is|TD Chad|TF French S. Terr.|TG Togo|TH Thailand|"
    "TJ Tajikistan|TK Tokelau|TL East Timor|TM Turkmenistan|TN Tunisia|TO Tonga|"
    "TR Turkey|TT Trinidad & Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|"
    "UG Uganda|UM US minor outlying islands|US United States|UY Uruguay|"
    "UZ Uzbekistan|VA Vatican City|VC St Vincent|VE Venezuela|VG Virgin Islands (UK)|"
    "VI Virgin Islands (US)|VN Vietnam|VU Vanuatu|WF Wallis & Futuna|"
    "WS Samoa (western)|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe";

/* What people write for a zone that is called otherwise. */
static const char *const cities[][2] = {
    {"AEST", "Australia/Sydney"},
    {"Bangalore", "Asia/Kolkata"},
    {"Beijing", "Asia/Shanghai"},
    {"Boston", "America/New_York"},
    {"BST", "Europe/London"},
    {"CDT", "America/Chicago"},
    {"CEST", "Europe/Berlin"},
    {"Delhi", "Asia/Kolkata"},
    {"EDT", "America/New_York"},
    {"Frankfurt", "Europe/Berlin"},
    {"Geneva", "Europe/Zurich"},
    {"Guangzhou", "Asia/Shanghai"},
    {"Hamburg", "Europe/Berlin"},
    {"Hangzhou", "Asia/Shanghai"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"KST", "Asia/Seoul"},
    {"Milan", "Europe/Rome"},
    {"Mumbai", "Asia/Kolkata"},
    {"Munich", "Europe/Berlin"},
    {"Osaka", "Asia/Tokyo"},
    {"PDT", "America/Los_Angeles"},
    {"PST", "America/Los_Angeles"},
    {"San_Francisco", "America/Los_Angeles"},
    {"Seattle", "America/Los_Angeles"},
    {"Shenzhen", "Asia/Shanghai"},
    {"Washington", "America/New_York"},
};

/* Codes of languages, and those of countries that ISO 3166 does not have. */
static const char *const codes[][2] = {
    {"UK", "GB"},
    {"EN", "GB"},
    {"EL", "GR"},
    {"JA", "JP"},
    {"ZH", "CN"},
    {"KO", "KR"},
    {"DA", "DK"},
    {"CS", "CZ"},
    {"HI", "IN"},
};

enum { ZONES_MAX = 700, COUNTRIES_MAX = 300 };

static size_t list_add(
    const char *text, char between, us_str *list, size_t count, size_t max)
{
    for (us_str rest = us_str_c(text); rest.len;) {
        us_assert(count < max);
        list[count++] = us_str_cut(rest, between, &rest);
    }
    return count;
}

bool us_zone_known(us_str name)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        for (us_str rest = us_str_c(zones[i]); rest.len;)
            if (us_str_eq(us_str_cut(rest, ' ', &rest), name)) return true;
    return false;
}

static us_str city_of(us_str zone)
{
    size_t i = zone.len;
    while (i && zone.ptr[i - 1] != '/')
        i--;
    return us_str_slice(zone, i, zone.len);
}

static us_str underlined(us_str name, struct us_arena *a)
{
    char *out = us_arena_cstr(a, us_str_trim(name));
    for (char *p = out; *p; p++)
        if (*p == ' ') *p = '_';
    return us_str_c(out);
}

us_str us_zone_nearest(us_str name, struct us_arena *a)
{
    us_str *all = us_new(a, us_str, ZONES_MAX);
    us_str *last = us_new(a, us_str, ZONES_MAX);
    size_t count = 0;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        count = list_add(zones[i], ' ', all, count, ZONES_MAX);
    us_str wanted = underlined(name, a);
    us_str city = city_of(wanted);
    for (size_t i = 0; i < count; i++)
        if (us_str_eq_nocase(all[i], wanted)) return all[i];
    for (size_t i = 0; i < count; i++) {
        last[i] = city_of(all[i]);
        if (us_str_eq_nocase(last[i], city)) return all[i];
    }
    for (size_t i = 0; i < sizeof cities / sizeof *cities; i++)
        if (us_str_eq_nocase(us_str_c(cities[i][0]), city))
            return us_str_c(cities[i][1]);
    us_str near = us_nearest(wanted, all, count);
    if (near.len) return near;
    near = us_nearest(city, last, count);
    for (size_t i = 0; i < count && near.len; i++)
        if (last[i].ptr == near.ptr) return all[i];
    return (us_str){0};
}

/* "DE" of "DE Germany"; *name its name. */
static us_str code_of(us_str country, us_str *name)
{
    return us_str_cut(country, ' ', name);
}

bool us_country_known(us_str code)
{
    us_str name;
    for (us_str rest = us_str_c(countries); rest.len;)
        if (us_str_eq(code_of(us_str_cut(rest, '|', &rest), &name), code)) return true;
    return false;
}

us_str us_country_nearest(us_str text, struct us_arena *a)
{
    us_str *all = us_new(a, us_str, COUNTRIES_MAX);
    us_str *names = us_new(a, us_str, COUNTRIES_MAX);
    size_t count = list_add(countries, '|', all, 0, COUNTRIES_MAX);
    for (size_t i = 0; i < count; i++)
        all[i] = code_of(all[i], &names[i]);
    for (size_t i = 0; i < count; i++)
        if (us_str_eq_nocase(all[i], text) || us_str_eq_nocase(names[i], text))
            return all[i];
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (us_str_eq_nocase(us_str_c(codes[i][0]), text)) return us_str_c(codes[i][1]);
    if (text.len == 2) {
        char swapped[2] = {text.ptr[1], text.ptr[0]};
        for (size_t i = 0; i < count; i++)
            if (us_str_eq_nocase(all[i], (us_str){swapped, 2})) return all[i];
    }
    us_str near = us_nearest(text, names, count);
    for (size_t i = 0; i < count && near.len; i++)
        if (names[i].ptr == near.ptr) return all[i];
    return (us_str){0};
}
