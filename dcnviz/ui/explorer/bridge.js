// Hands the view (layer, overlays, labels, colours) to the explorer of the same channel.
// It is a component of its own because Streamlit sends a component's data and scripts anew, all together, whenever
// any of its data changes: this way a changed overlay costs about 2 kB and the fields stay in the browser.
// Explorers that follow one channel are linked: what is pointed at, pinned or zoomed in one is so in all of them.
export default function ({ data }) {
  const hub = (globalThis[Symbol.for("dcnviz.views")] ??= new Map());
  const channel = hub.get(data.channel) ?? { view: null, members: new Set() };
  hub.set(data.channel, channel);
  channel.view = data;
  for (const member of channel.members) member.setView(data);
}
