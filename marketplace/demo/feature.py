"""What the demo contributes: loading, removing, and the way in."""

from gongchuang.manifest import Feature
from marketplace.demo import links, load

feature = Feature(name="demo", demo=load.load, demo_order=10, demo_remove=load.remove, start=[links.install])
