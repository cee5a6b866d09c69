// Hands the view (layer, overlays, labels, colours) to the explorer of the same channel.
// It is a component of its own because Streamlit sends a component's data and scripts anew, all together, whenever
// any of its data changes: this way a changed overlay costs about 2 kB and the fields stay in the browser.
export default function ({ data }) {
  const hub = (globalThis[Symbol.for("dcnviz.views")] ??= new Map());
  const channel = hub.get(data.channel) ?? { view: null, follow: new Set() };
  hub.set(data.channel, channel);
  channel.view = data;
  for (const follow of channel.follow) follow(data);
}
