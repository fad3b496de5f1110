"""python3 -m simclient vectors FOLDER | decode [FILE …] | drive …"""

import argparse
import pathlib
import sys

from . import conformance, driver, known_answers


def main():
    parser = argparse.ArgumentParser(prog="simclient", description="A client of sim made from msgdef/PROTOCOL.md.")
    commands = parser.add_subparsers(dest="command", required=True)
    vectors = commands.add_parser("vectors", help="check msgdef/vectors")
    vectors.add_argument("folder")
    decode = commands.add_parser("decode", help="check such files alone, or answer lines of TYPE HEX")
    decode.add_argument("files", nargs="*", type=pathlib.Path)
    driver.arguments(commands.add_parser("drive", help="commands in, events out, both as lines of JSON"))
    args = parser.parse_args()
    if args.command == "drive":
        return driver.run(args)
    if args.command == "decode":
        return conformance.run(args.files)
    try:
        print("right:", ", ".join(known_answers.run(args.folder)))
    except known_answers.Wrong as e:
        print("WRONG:", e, file=sys.stderr)
        return 1


sys.exit(main())
