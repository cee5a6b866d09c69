// ------------------------------------------------------------------------------------------------ 7 mount
// What everything that a hand changes has in common: what Python says is taken in, and Streamlit mounts it.

/**
 * Takes in data from Python. The state is Python's when the epoch is a new one; within an epoch this page is ahead.
 * @returns null where nothing is new, else whether the epoch is
 */
function take(thing, data) {
  if (thing.data === data || JSON.stringify(thing.data) === JSON.stringify(data)) return null;
  const fresh = data.epoch !== thing.epoch;
  Object.assign(thing, { data, labels: data.labels, shown: new Set(data.shown), can: new Set(data.can), epoch: data.epoch });
  if (fresh) thing.state = structuredClone(data.start);
  for (const [name, hex] of Object.entries(data.colours)) thing.root.style.setProperty(`--${name}`, hex);
  return fresh;
}

/** @returns what Streamlit calls when mounted, on new data and on a change of theme, each time with the same parentElement */
function mounting(Thing) {
  const mounted = new WeakMap();
  return ({ data, parentElement, setStateValue }) => {
    const thing = mounted.get(parentElement) ?? new Thing(parentElement);
    mounted.set(parentElement, thing);
    thing.send = setStateValue;
    thing.load(data);
    return () => {
      thing.close();
      mounted.delete(parentElement);
    };
  };
}
