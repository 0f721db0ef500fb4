"""Machines and certificates of a firm.

Owns: machines, certificates. Publishes: MachineChanged, CertificatesChanged. Builds on the vocabulary.
"""

from gongchuang.manifest import Feature
from marketplace.machines import api, permissions, views
from marketplace.machines import models as models
from marketplace.machines.words import envelope_of, materials_of, photo_of, process_names, shift_words

feature = Feature(
    name="machines",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    globals={
        "envelope_of": envelope_of,
        "materials_of": materials_of,
        "photo_of": photo_of,
        "process_names": process_names,
        "shift_words": shift_words,
    },
)
