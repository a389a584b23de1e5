import { ActionIcon, SegmentedControl } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { CSSProperties, ReactNode } from "react";
import { useState } from "react";
import { useI18n } from "../i18n/index.tsx";
import { defined } from "../lib/url.ts";
import type { CustomersSearch } from "../pages/customers/search.ts";
import type { NewSegmentSearch } from "../pages/segments/search.ts";
import { SegmentsIcon } from "./icons.tsx";

/** What a click on a part of a picture opens: its people as a list, or as a new segment. */
export type Goal = "list" | "segment";

/** What a list is narrowed by, as the beginning of a segment. */
export const asSegment = (search: CustomersSearch): NewSegmentSearch =>
  defined({
    segment: search.segment,
    cell: search.cell,
    filter: search.filter,
    store: search.store,
    channel: search.channel,
    window: search.window === "all" ? undefined : search.window,
  });

export function useGoal(): { goal: Goal; control: ReactNode; open: (search: CustomersSearch) => void } {
  const { t } = useI18n();
  const words = t.segments.goal;
  const [goal, setGoal] = useState<Goal>("list");
  const go = useNavigate();
  return {
    goal,
    open: (search) =>
      void (goal === "list"
        ? go({ to: "/customers", search })
        : go({ to: "/segments/new", search: asSegment(search) })),
    control: (
      <SegmentedControl
        size="xs"
        aria-label={words.label}
        value={goal}
        onChange={(next) => setGoal(next as Goal)}
        data={[
          { value: "list", label: words.list },
          { value: "segment", label: words.segment },
        ]}
      />
    ),
  };
}

/** A part of a picture: one click to its people, or to a segment of them. */
export function Door(props: {
  goal: Goal;
  search: CustomersSearch;
  className?: string;
  style?: CSSProperties;
  title?: string;
  label?: string;
  children: ReactNode;
}) {
  const rest = {
    className: props.className,
    style: props.style,
    title: props.title,
    "aria-label": props.label,
  };
  return props.goal === "list" ? (
    <Link to="/customers" search={props.search} {...rest}>
      {props.children}
    </Link>
  ) : (
    <Link to="/segments/new" search={asSegment(props.search)} {...rest}>
      {props.children}
    </Link>
  );
}

/** The small door at the end of a row: these people as a new segment. */
export function MakeSegment({ search, of }: { search: CustomersSearch; of: string }) {
  const { t } = useI18n();
  return (
    <ActionIcon
      component={Link}
      to="/segments/new"
      search={asSegment(search) as never}
      variant="subtle"
      color="gray"
      title={t.segments.make}
      aria-label={t.segments.makeOf(of)}
    >
      <SegmentsIcon size={18} />
    </ActionIcon>
  );
}
