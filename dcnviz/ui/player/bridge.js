// Brings some frames of a training to the player of the same channel, and takes them away when it is unmounted.
// A component of its own, many times on a page: Streamlit sends a component's data anew whenever any of it changes, so
// frames come in parcels, of which only the last one still grows. What was sent before stays in the browser.
const places = (globalThis[Symbol.for("dcnviz.parcels")] ??= new Map()); // parentElement -> its parcel

function tell(channel) {
  (globalThis[Symbol.for("dcnviz.players")] ?? new Map()).get(channel)?.();
}

export default function ({ data, parentElement }) {
  const view = new DataView(data.buffer, data.byteOffset), length = view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const before = places.get(parentElement);
  places.set(parentElement, { ...head, body: data.slice(4 + length) });
  if (before && before.channel !== head.channel) tell(before.channel);
  tell(head.channel);
  return () => {
    places.delete(parentElement);
    tell(head.channel);
  };
}
