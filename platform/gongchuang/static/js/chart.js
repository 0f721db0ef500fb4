import { BarChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, ScatterChart, AriaComponent, DatasetComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent, CanvasRenderer]);

const COLOURS = ["#0d5666", "#12805f", "#7fa9b3", "#b4570b", "#56696f", "#c4e6da"];

/** Draw the ECharts option in data-chart (JSON, no functions). The table under it says the same in figures; the picture is described by ECharts itself for those who cannot see it. */
export function chart(box) {
  const option = JSON.parse(box.dataset.chart);
  const picture = init(box, null, { renderer: "canvas" });
  picture.setOption({
    color: COLOURS,
    aria: { enabled: true },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: "#10242b" },
    ...option,
    // plain text on the canvas: a tooltip of markup would need inline styles, which the content policy refuses
    tooltip: { ...(option.tooltip ?? { trigger: "axis" }), renderMode: "richText" },
  });
  new ResizeObserver(() => picture.resize()).observe(box);
}
