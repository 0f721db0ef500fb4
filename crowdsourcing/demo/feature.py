"""What the crowdsourcing demo contributes; it is removed with the marketplace's, on whose firms it hangs."""

from crowdsourcing.demo import load
from gongchuang.manifest import Feature

feature = Feature(name="crowdsourcing_demo", demo=load.load, demo_order=20)
