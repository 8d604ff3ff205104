#!/usr/bin/env python3
"""Checks proto-schemas/ with Python's jsonschema and openapi-spec-validator: a second opinion on what Tests/ServiceAPITests holds.

Run by hand: pip install jsonschema openapi-spec-validator pyyaml && python3 Tests/Fixtures/check_schemas.py
"""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename
from referencing import Registry, Resource

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "proto-schemas"


def main() -> int:
    schemas = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.schema.json"))}
    registry = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in schemas.items())
    faults = []
    counts = {"valid": 0, "invalid": 0}
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema, registry=registry)
        folder = FOLDER / "examples" / name.removesuffix(".schema.json")
        for path in sorted(folder.glob("*.json")):
            counts["valid"] += 1
            faults += [f"{path}: {error.message}" for error in validator.iter_errors(json.loads(path.read_text()))]
        for path in sorted(folder.glob("invalid/*.json")):
            counts["invalid"] += 1
            example = json.loads(path.read_text())
            if validator.is_valid(example["message"]) != example.get("beyondSchema", False):
                faults.append(f"{path}: the schema does not see what is wrong, or sees what it should not")
    documents = sorted(FOLDER.glob("*.openapi.yaml"))
    for path in documents:
        document, base = read_from_filename(str(path))
        validate(document, base_uri=base)
    print("\n".join(faults) or "no faults", file=sys.stderr if faults else sys.stdout)
    print(f"{len(schemas)} schemas, {counts['valid']} valid and {counts['invalid']} invalid examples, {len(documents)} OpenAPI files")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
