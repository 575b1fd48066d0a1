"""embed.py IN OUT NAME: the bytes of a text file as a C array, ended by a NUL."""
import pathlib
import sys

data = pathlib.Path(sys.argv[1]).read_bytes() + b"\0"
rows = (", ".join(str(b) for b in data[i:i + 24]) for i in range(0, len(data), 24))
pathlib.Path(sys.argv[2]).write_text(
    f"static const char {sys.argv[3]}[] = {{\n" + ",\n".join(rows) + "};\n")
