"""Why a file is refused, and what kinds are called, in words; stored as codes, said in the reader's language."""

from typing import Any

from flask_babel import lazy_gettext as _l

KINDS = {
    "step": "STEP",
    "stl": "STL",
    "obj": "OBJ",
    "dxf": "DXF",
    "dwg": "DWG",
    "pdf": "PDF",
    "png": _l("PNG 图片"),
    "jpeg": _l("JPEG 图片"),
    "webp": _l("WebP 图片"),
    "archive": _l("压缩包"),
    "program": _l("程序"),
    "office": _l("Office 文档"),
    "web": _l("网页"),
    "text": _l("纯文本"),
    "unknown": _l("无法识别的内容"),
}

REASONS = {
    "file.empty": _l("文件是空的（0 字节），请检查导出是否成功后重新上传"),
    "file.size_differs": _l("收到 %(arrived)s 字节，应为 %(announced)s 字节：上传中断了，请重新上传"),
    "file.lost": _l("文件没有保存成功，请重新上传"),
    "file.type_differs": _l("文件名写的是 %(promised)s，内容却是%(found)s：请重新导出为所需格式，不要只改扩展名"),
    "stl.truncated": _l("STL 声称有 %(claimed)s 个三角面，文件里只放得下 %(fits)s 个：文件不完整，请重新导出"),
    "stl.wrong_count": _l("STL 声称有 %(claimed)s 个三角面，文件里却有 %(fits)s 个：文件已损坏，请重新导出"),
    "stl.not_numbers": _l("STL 里的坐标不是数字：文件已损坏，请重新导出"),
    "step.truncated": _l("STEP 文件没有结束标记：文件不完整，请重新导出"),
    "step.no_body": _l("STEP 文件里没有能读出的实体，请另存为 STEP AP214 或 AP242 后重新上传"),
    "step.too_large": _l("STEP 文件有 %(megabytes)s MB，最多 %(most)s MB：请只保留这个零件后重新导出"),
    "obj.broken": _l("OBJ 文件格式有误，请重新导出"),
    "geometry.empty": _l("模型里没有任何面，请检查导出的是不是正确的零件"),
    "geometry.not_finite": _l("模型里有无效的坐标（非数字或无穷大），请重新导出"),
    "geometry.too_large": _l("模型最长边 %(longest_mm)s mm，超过 100 米：请检查单位是否为毫米"),
    "geometry.too_many_triangles": _l("模型有 %(triangles)s 个三角面，最多 %(most)s 个：请降低网格精度后重新导出"),
    "image.too_many_pixels": _l("图片太大，最多 %(most)s 百万像素，请缩小后重新上传"),
    "image.broken": _l("图片已损坏，打不开，请重新拍摄或导出"),
    "parser.time": _l("模型在 %(seconds)s 秒内没有读完：请简化模型，或另存为 STEP AP214、STL 后重新上传"),
    "parser.memory": _l("读取模型需要的内存超过上限：请简化模型或降低网格精度后重新上传"),
    "parser.crashed": _l("模型无法读取：文件可能已损坏，请另存为 STEP AP214 或 STL 后重新上传"),
}

STATUSES = {"uploading": _l("上传中"), "received": _l("检查中"), "checked": _l("已检查"), "refused": _l("未通过")}
TIERS = {"facts": _l("仅尺寸信息"), "preview": _l("带水印预览"), "nda": _l("接受保密约定后看原图"), "full": _l("原图")}

NDA_TEXT = _l(
    "本企业承诺：本文件及其中的技术信息仅用于向文件所有者报价、洽谈和履行订单；未经书面同意不向任何第三方披露、复制或用于其他用途；"
    "未成交或合作结束后删除全部副本。违反约定造成的损失由本企业承担。本约定自接受之日起三年内有效。"
)
"""What a reader accepts before an NDA tier opens; its SHA-256 is kept with the acceptance."""


def reason_text(code: str | None, params: dict[str, Any]) -> str:
    """Return the sentence of a reason in the reader's language; kinds named in it are translated too."""
    if code is None:
        return ""
    sentence = str(REASONS.get(code, REASONS["parser.crashed"]))
    words = {name: str(KINDS.get(value, value)) if isinstance(value, str) else value for name, value in params.items()}
    try:
        return sentence % words if "%(" in sentence else sentence
    except (KeyError, ValueError):
        return str(REASONS["parser.crashed"])
