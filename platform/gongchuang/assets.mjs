// Makes static/vendor: one style sheet, small modules, three sprites, pictures; names carry the hash of the contents, siblings are compressed.
// Called by assets.py as: node assets.mjs <plan.json>; the plan names the folders, the icons in use and the modules of the rooms.

import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const require = createRequire(path.join(plan.modules, "entry.js"));
const esbuild = require("esbuild");
const postcss = (await import(pathToFileURL(require.resolve("postcss")).href)).default;
const manifest = {};

// Parts of Tabler that no page of ours uses: our menus are <details>, our windows <dialog>, our navigation is our own.
const UNUSED = new RegExp(
  "^(" +
    "navbar|offcanvas|dropdown|dropend|dropstart|dropup|modal|carousel|accordion|toast|popover|tooltip|otp|was-validated|calendar|signal|sparkline|sortable|prose|legend|chart|strength|" +
    "timeline|tracking|signature|mention|layout|theme|switch-icon|ribbon|steps?|empty|chat|page|nav|avatar|progressbg|loader|dimmer|callout|toolbar|status|tags?|list-timeline|object|" +
    "colorinput|apexcharts|jvm|jqvmap|litepicker|noUi|ts|tom|plyr|dropzone|dz|fslightbox|fc|gl|tox|hs|star|turbo|bs|btn-(ghost|outline|facebook|twitter|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|x|linkedin|app)|" +
    "antialiased|social|payment|flag|icon-(filled|inline|pulse|tada|rotate)|img|bg-(pattern|surface|cover)|form-(imagecheck|colorinput|selectgroup|floating)|nav-link|input-icon|ratio|column|columns|pagination|list-group|breadcrumb|spinner|placeholder|skip|datagrid|alert-link|valid|card-(stacked|tabs|rotate|link|active|borderless|progress|stamp|img|sponsor|cover|header-(tabs|pills|light))" +
    ")(-|$)",
);
const COLOURS = /^(bg|text|link|btn|border|alert|badge|table|card|divide|progress|switch|focus|list|icon-link|shadow|link-underline)-(outline-|ghost-)?(blue|azure|indigo|purple|pink|red|orange|yellow|lime|green|teal|cyan|gray|facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|x|dark|light|black|muted|gradient|inverted|info|success|warning)(-|$)/;
const WIDE = /-xxl(-|$)|^(col|row-cols|offset|order|g|gx|gy)-(xl|sm)(-|$)/;

/** Take out of Tabler's style sheet what is never used; the rest is served as it is. */
function subset(text) {
  const root = postcss.parse(text);
  root.walkComments((comment) => comment.remove());
  root.walkRules((rule) => {
    if (rule.parent.type === "atrule" && /keyframes/.test(rule.parent.name)) return;
    const kept = rule.selectors.filter((selector) => {
      if (/data-vc|data-bs-theme=dark|theme-(primary|base|font|radius)|\[data-bs-theme-/.test(selector)) return false;
      const names = [...selector.matchAll(/\.(-?[A-Za-z_][\w-]*)/g)].map((found) => found[1]);
      return !names.some((name) => UNUSED.test(name) || COLOURS.test(name) || WIDE.test(name));
    });
    if (kept.length === 0) rule.remove();
    else rule.selectors = kept;
  });
  dropUnusedVariables(root);
  root.walkAtRules((rule) => {
    if (rule.nodes && rule.nodes.length === 0) rule.remove();
  });
  return root.toString();
}

/** Custom properties nobody reads are half of what is left: drop them until none is left to drop. */
function dropUnusedVariables(root) {
  const ours = fs.readFileSync(plan.css, "utf8");
  for (let dropped = true; dropped; ) {
    dropped = false;
    const read = new Set(ours.match(/--tblr-[\w-]+/g) ?? []);
    root.walkDecls((declaration) => {
      for (const [, name] of declaration.value.matchAll(/var\((--[\w-]+)/g)) read.add(name);
    });
    root.walkDecls(/^--/, (declaration) => {
      if (!read.has(declaration.prop)) {
        declaration.remove();
        dropped = true;
      }
    });
    root.walkRules((rule) => {
      if (rule.nodes.length === 0) rule.remove();
    });
  }
}

const tabler = {
  name: "tabler",
  setup(build) {
    build.onResolve({ filter: /^tabler$/ }, () => ({ path: require.resolve("@tabler/core/dist/css/tabler.css"), namespace: "tabler" }));
    build.onLoad({ filter: /.*/, namespace: "tabler" }, (args) => ({ contents: subset(fs.readFileSync(args.path, "utf8")), loader: "css" }));
  },
};

/** The viewer's own <style> element would be refused by our content policy: the same rules as a constructed style sheet are not. */
const viewer = {
  name: "viewer",
  setup(build) {
    build.onLoad({ filter: /model-viewer[\\/]lib[\\/]template\.js$/ }, (args) => {
      const text = fs.readFileSync(args.path, "utf8");
      const [whole, rules] = text.match(/<style>([\s\S]*?)<\/style>/) ?? [];
      const anchor = "render(templateResult, shadowRoot);";
      if (!whole || rules.includes("${") || !text.includes(anchor)) throw new Error("model-viewer's template has changed: its style can no longer be moved out");
      const sheet = `${anchor} const sheet = new CSSStyleSheet(); sheet.replaceSync(\`${rules}\`); shadowRoot.adoptedStyleSheets.push(sheet);`;
      return { contents: text.replace(whole, "").replace(anchor, () => sheet), loader: "js" };
    });
  },
};

async function bundle() {
  const entries = plan.entries;
  const result = await esbuild.build({
    entryPoints: entries,
    outdir: plan.out,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome107", "safari16", "firefox110"],
    entryNames: "[name]-[hash]",
    chunkNames: "part-[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    nodePaths: [path.join(plan.modules, "node_modules")],
    plugins: [tabler, viewer],
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
    absWorkingDir: plan.modules,
  });
  const byEntry = Object.fromEntries(Object.entries(entries).map(([name, file]) => [path.resolve(file), name]));
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    const name = !file.endsWith(".map") && output.entryPoint && byEntry[path.resolve(plan.modules, output.entryPoint)];
    if (name) manifest[(name === "style" ? "app" : name) + path.extname(file)] = path.relative(plan.out, path.resolve(plan.modules, file)).replaceAll("\\", "/");
  }
}

/** Write contents under a name carrying its hash, and remember it. */
function keep(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase();
  const extension = path.extname(name);
  const file = `${name.slice(0, -extension.length)}-${hash}${extension}`;
  fs.mkdirSync(path.dirname(path.join(plan.out, file)), { recursive: true });
  fs.writeFileSync(path.join(plan.out, file), contents);
  manifest[name] = file;
}

const inner = (svg) =>
  svg
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none"[^>]*\/>/g, "")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/>\s+</g, "><")
    .trim();
const symbol = (id, box, svg, attributes = "") => `<symbol id="${id}" viewBox="${box}"${attributes}>${inner(svg)}</symbol>`;
const LINE = ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
const sprite = (symbols) => `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;

function sprites() {
  const missing = [];
  const icons = plan.icons.flatMap((name) => {
    const file = path.join(plan.modules, "node_modules/@tabler/icons/icons/outline", `${name}.svg`);
    if (!fs.existsSync(file)) {
      missing.push(name);
      return [];
    }
    return symbol(name, "0 0 24 24", fs.readFileSync(file, "utf8"), LINE);
  });
  if (missing.length) console.error(`no such icon in @tabler/icons: ${missing.join(", ")}`);
  keep("icons.svg", sprite(icons));
  for (const [name, box] of [
    ["machines", "0 0 96 96"],
    ["empty", "0 0 160 120"],
  ]) {
    const folder = path.join(plan.images, name);
    const files = fs.readdirSync(folder).filter((file) => file.endsWith(".svg")).sort();
    keep(`${name}.svg`, sprite(files.map((file) => symbol(file.slice(0, -4), box, fs.readFileSync(path.join(folder, file), "utf8"), LINE))));
  }
  for (const file of fs.readdirSync(plan.images).sort()) {
    if (/\.(svg|png|webp)$/.test(file)) keep(`img/${file}`, fs.readFileSync(path.join(plan.images, file)));
  }
}

async function compress() {
  const brotli = promisify(zlib.brotliCompress);
  const gzip = promisify(zlib.gzip);
  const files = fs.readdirSync(plan.out, { recursive: true }).map((name) => path.join(plan.out, name)).filter((file) => /\.(css|js|svg|wasm)$/.test(file));
  await Promise.all(
    files.map(async (file) => {
      const contents = fs.readFileSync(file);
      if (contents.length < 600) return;
      const quality = contents.length > 400_000 ? 9 : 11;
      const [small, smaller] = await Promise.all([
        gzip(contents, { level: 9 }),
        brotli(contents, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: quality, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: contents.length } }),
      ]);
      fs.writeFileSync(`${file}.gz`, small);
      fs.writeFileSync(`${file}.br`, smaller);
    }),
  );
}

await bundle();
sprites();
await compress();
fs.writeFileSync(path.join(plan.out, "manifest.json"), JSON.stringify({ stamp: plan.stamp, files: Object.fromEntries(Object.entries(manifest).sort()) }, null, 1));
