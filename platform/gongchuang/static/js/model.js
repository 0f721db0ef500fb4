import "@google/model-viewer";

/** Show the GLB of data-model in its box, turned and zoomed by hand or keyboard; data-label says what it is. */
export function model(box) {
  const viewer = document.createElement("model-viewer");
  viewer.setAttribute("src", box.dataset.model);
  viewer.setAttribute("alt", box.dataset.label ?? "");
  viewer.setAttribute("camera-controls", "");
  viewer.setAttribute("touch-action", "pan-y");
  viewer.setAttribute("interaction-prompt", "none");
  viewer.setAttribute("shadow-intensity", "0.6");
  viewer.setAttribute("environment-image", "neutral");
  if (box.dataset.poster) viewer.setAttribute("poster", box.dataset.poster);
  // we offer no augmented reality: empty slots in place of its buttons
  for (const name of ["ar-button", "exit-webxr-ar-button"]) {
    const nothing = document.createElement("span");
    nothing.slot = name;
    viewer.append(nothing);
  }
  box.replaceChildren(viewer);
}
