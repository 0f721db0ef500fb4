"""What is said about a tolerance nobody can keep. Apart from its reading, whose own words are those people type."""

UNREADABLE = "看不懂这个公差，请写成 ±0.02、2丝、IT7 或 φ220H7"
SIZELESS = "请先写尺寸再写等级，例如 φ220H7"
OFF_TABLE = "%(grade)s 在 %(nominal)s mm 处没有标准值，请写成 ±0.02 这样的数值"
OUT_OF_RANGE = "公差须在 ±0.0001 至 ±50 mm 之间"
