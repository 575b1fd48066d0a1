#!/usr/bin/env python3
"""The catalogue of words: i18n/MODULE.json, {"module.key": {"en": …, "zh": …}}.

  i18n.py table OUT DEPFILE   the C table that src/text/ compiles in
  i18n.py check               hold the catalogue against itself and the sources
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
I18N = ROOT / "i18n"
LANGS = ("en", "zh")
KEY = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
PLURAL = re.compile(r"\{([a-z_0-9]+)\?")
PLACE = re.compile(r"\{([a-z_0-9]+)[}?]")
CJK = re.compile(r"[\u3400-\u9fff]")
# Ends of file names, which look like keys: "text.json" is none.
FILE_ENDS = set("c h cc in inc md json ndjson jsonl csv tsv yml yaml zst gz tmp lock "
                "log sql wal sqlite duckdb parquet txt py sh bin so".split())
NOT_SAID = re.compile(r"(?<!\")/\*.*?\*/|\bus_log\([^;]*;", re.S)
# A line that says so holds no key, whatever it looks like.
NO_KEY = "i18n: no key"


class Bad(Exception):
    pass


def files():
    return sorted(p for p in I18N.glob("*.json") if not p.name.startswith("."))


def load(path):
    """The pairs of one file, as they stand there, twice if they stand there twice."""
    try:
        pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
    except (ValueError, UnicodeDecodeError) as why:
        raise Bad(f"{path.relative_to(ROOT)}: {why}")
    if not isinstance(pairs, list) or any(not isinstance(p, tuple) for p in pairs):
        raise Bad(f"{path.relative_to(ROOT)}: an object of keys is wanted")
    return [(key, dict(said) if isinstance(said, list) else {}) for key, said in pairs]


def c_text(text):
    out = []
    for c in text:
        if c in '"\\?':
            out.append("\\" + c)
        elif c == "\n":
            out.append("\\n")
        elif ord(c) < 32 or ord(c) == 127:
            out.append("\\%03o" % ord(c))
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def table(out, depfile):
    said = {}
    for path in files():
        for key, words in load(path):
            said.setdefault(key, words)
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* Made by tools/i18n.py from i18n/; sorted by the key's bytes. */\n")
        for key in sorted(said, key=str.encode):
            words = said[key]
            en, zh = (words.get(lang) or words.get("en") or key for lang in LANGS)
            f.write(f"{{US_S_INIT({c_text(key)}),\n    {{US_S_INIT({c_text(en)}),\n"
                    f"        US_S_INIT({c_text(zh)})}}}},\n")
    # The folder is named too, so that a file added to it makes the table anew.
    inputs = [pathlib.Path(__file__).resolve(), I18N] + files()
    with open(depfile, "w", encoding="utf-8") as f:
        names = [str(p).replace(" ", "\\ ") for p in inputs]
        f.write(f"{out}: {' '.join(names)}\n")


def check_words(name, key, words, neutral, problems):
    for lang in LANGS:
        if not isinstance(words.get(lang), str) or not words[lang].strip():
            problems.append(f"{name}: {key}: no {lang}")
            return
    for lang in set(words) - set(LANGS):
        problems.append(f"{name}: {key}: unknown language {lang}")
    en, zh = words["en"], words["zh"]
    if set(PLACE.findall(en)) != set(PLACE.findall(zh)):
        # A plural alone needs its number in no other language.
        only_plural = set(PLURAL.findall(en)) - set(re.findall(r"\{([a-z_0-9]+)\}", en))
        if set(PLACE.findall(en)) - only_plural != set(PLACE.findall(zh)) - only_plural:
            problems.append(f"{name}: {key}: en has {sorted(set(PLACE.findall(en)))}, "
                            f"zh has {sorted(set(PLACE.findall(zh)))}")
    if PLURAL.search(zh):
        problems.append(f"{name}: {key}: zh has no plural, write the sentence once")
    for start in PLURAL.finditer(en):
        if "|" not in en[start.end():]:
            problems.append(f"{name}: {key}: a plural is {{{start[1]}?one|many}}")
    # Only a text with letters of its own can be untranslated.
    letters = re.search(r"[A-Za-z]", re.sub(r"\{[a-z_0-9]+\}", "", zh))
    if letters and not CJK.search(zh) and key not in neutral:
        problems.append(f"{name}: {key}: zh is not Chinese; if it is meant to be so, "
                        "name the key in tools/i18n_neutral.txt")


def used_keys(modules):
    """Literals of the C sources that look like keys of a known module, with places."""
    used = {}
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in (".c", ".cc", ".h"):
            continue
        if path.stem.endswith(("_test", "_fuzz", "_bench")):
            continue
        text = path.read_text(encoding="utf-8")
        said_not = {n for n, line in enumerate(text.split("\n"), 1) if NO_KEY in line}
        # What comments show and logs name are no words said.
        text = NOT_SAID.sub(lambda m: "\n" * m[0].count("\n"), text)
        for number, line in enumerate(text.split("\n"), 1):
            if line.lstrip().startswith("#include") or number in said_not:
                continue
            for literal in LITERAL.findall(line):
                if not KEY.fullmatch(literal) or literal.split(".")[0] not in modules:
                    continue
                if literal.split(".")[-1] not in FILE_ENDS:
                    used.setdefault(literal, f"{path.relative_to(ROOT)}:{number}")
    return used


def elsewhere():
    """Text beside the sources in which a key may be named: tests, docs, the page."""
    text = []
    places = (("src", ("_test.c",)), ("docs", (".md",)), ("web/src", (".ts", ".tsx")))
    for folder, ends in places:
        for path in (ROOT / folder).rglob("*"):
            if path.name.endswith(ends):
                text.append(path.read_text(encoding="utf-8"))
    return "\n".join(text)


def check():
    problems = []
    neutral_file = ROOT / "tools" / "i18n_neutral.txt"
    neutral = set()
    if neutral_file.exists():
        neutral = {line.strip() for line in neutral_file.read_text().split("\n")
                   if line.strip() and not line.startswith("#")}
    defined = {}
    for path in files():
        name = str(path.relative_to(ROOT))
        try:
            pairs = load(path)
        except Bad as why:
            problems.append(str(why))
            continue
        for key, words in pairs:
            if not KEY.fullmatch(key) or key.split(".")[0] != path.stem:
                problems.append(f"{name}: {key}: a key here is {path.stem}.some_words")
            if key in defined:
                problems.append(f"{name}: {key}: already in {defined[key]}")
            defined.setdefault(key, name)
            check_words(name, key, words, neutral, problems)
    used = used_keys({path.stem for path in files()})
    for key, place in used.items():
        if key not in defined:
            problems.append(f"{place}: {key}: not in i18n/{key.split('.')[0]}.json")
    rest = elsewhere()
    for key, name in defined.items():
        if key not in used and key not in rest:
            problems.append(f"{name}: {key}: nothing uses it")
    for key in sorted(neutral - set(defined)):
        problems.append(f"tools/i18n_neutral.txt: {key}: no such key")
    for problem in problems:
        print(problem)
    print(f"{len(defined)} keys in {len(files())} files, {len(problems)} problems")
    return 1 if problems else 0


def main(args):
    if len(args) == 3 and args[0] == "table":
        try:
            table(args[1], args[2])
        except Bad as why:
            print(why, file=sys.stderr)
            return 1
        return 0
    if args == ["check"]:
        return check()
    print(__doc__.strip(), file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))
