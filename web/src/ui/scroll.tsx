import { type ReactNode, useEffect, useRef, useState } from "react";

/**
 * A wide table in a narrow page: it scrolls by itself, and the keyboard can reach it to do so. Where more lies
 * to the right, its edge fades.
 */
export function Scroll(props: { label: string; maxHeight?: number; children: ReactNode }) {
  const holder = useRef<HTMLElement>(null);
  const [more, setMore] = useState(false);
  const look = () => {
    const shown = holder.current;
    if (shown) setMore(shown.scrollWidth - shown.clientWidth - shown.scrollLeft > 2);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another table may be wider
  useEffect(() => {
    const shown = holder.current;
    if (!shown) return;
    look();
    const watch = new ResizeObserver(look);
    for (const one of [shown, ...shown.children]) watch.observe(one);
    return () => watch.disconnect();
  }, [props.children]);
  return (
    <section
      ref={holder}
      className="table-scroll"
      style={{ maxHeight: props.maxHeight }}
      data-more={more || undefined}
      onScroll={look}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={props.label}
    >
      {props.children}
    </section>
  );
}
