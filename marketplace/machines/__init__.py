"""Machines and certificates of a firm.

Owns: machines, certificates. Publishes: MachineChanged, CertificatesChanged. Builds on the vocabulary.
"""

from gongchuang.manifest import Feature
from marketplace.machines import models as models
from marketplace.machines import permissions

feature = Feature(name="machines", permissions=permissions.POLICY)
