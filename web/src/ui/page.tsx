import { Button, Skeleton } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { asProblem, UNREACHABLE } from "../api/problem.ts";
import { useI18n } from "../i18n/index.tsx";
import css from "./ui.module.css";

/** The top of every page: its name small, the answer in one sentence large, then the pickers. */
export function PageHead({
  title,
  sentence,
  tools,
}: {
  title: string;
  sentence: ReactNode;
  tools?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Vernis`;
  }, [title]);
  return (
    <header className={css.head}>
      <h1 className={css.title}>{title}</h1>
      <p className={css.sentence} data-testid="sentence">
        {sentence ?? <SkeletonLate height={26} width="70%" />}
      </p>
      {tools && <div className={css.tools}>{tools}</div>}
    </header>
  );
}

export function Panel(props: {
  title?: ReactNode;
  note?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  className?: string;
  label?: string;
}) {
  return (
    <section
      className={[css.panel, props.className].filter(Boolean).join(" ")}
      aria-label={props.label ?? (typeof props.title === "string" ? props.title : undefined)}
    >
      {(props.title || props.tools) && (
        <div className={css.panelHead}>
          <div>
            <h2 className={css.panelTitle}>{props.title}</h2>
            {props.note && <p className={css.panelNote}>{props.note}</p>}
          </div>
          {props.tools}
        </div>
      )}
      {props.children}
    </section>
  );
}

/** Shows nothing for a fifth of a second: a quick answer must not flicker. */
export function SkeletonLate(props: { height: number; width?: string }) {
  const late = useLate();
  return late ? (
    <Skeleton
      component="span"
      display="block"
      height={props.height}
      width={props.width ?? "100%"}
      radius="md"
    />
  ) : (
    <span style={{ display: "block", height: props.height }} />
  );
}

function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** What happened, what was kept, what to do. */
export function ProblemNote({
  error,
  onRetry,
  kept,
}: {
  error: unknown;
  onRetry?: () => void;
  kept?: boolean;
}) {
  const { t, l } = useI18n();
  const problem = asProblem(error);
  const unreachable = problem.code === UNREACHABLE;
  // The server says it in both languages; a bare status name is the last resort.
  const said = l(problem.message) || problem.detail;
  return (
    <div className={css.problem} role="alert">
      <h2>{unreachable ? t.common.error.unreachable : said || problem.title || t.common.error.unexpected}</h2>
      {unreachable && <p>{t.common.error.unreachableDo}</p>}
      {problem.errors?.map((one) => (
        <p key={`${one.field}${one.rule}`}>{l(one.message)}</p>
      ))}
      {kept && <p className="soft">{t.common.error.kept}</p>}
      <div style={{ display: "flex", gap: 12, alignItems: "center", marginTop: 8 }}>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t.common.act.retry}
          </Button>
        )}
        <span className="soft small">{t.common.error.code(problem.code)}</span>
      </div>
    </div>
  );
}

interface Waiting<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** A part of a page that waits for one answer. */
export function Await<T>(props: { query: Waiting<T>; height?: number; children: (data: T) => ReactNode }) {
  const { query } = props;
  if (query.data !== undefined) return <>{props.children(query.data)}</>;
  if (query.error) return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
  return <SkeletonLate height={props.height ?? 160} />;
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Dot({ color }: { color: string }) {
  return <span className={css.dot} style={{ background: color }} aria-hidden="true" />;
}

/** A difference that does not speak by colour alone: it has its sign and an arrow. */
export function Delta({ text, good, title }: { text: string; good: boolean | null; title?: string }) {
  return (
    <span className={good === null ? "soft" : good ? "up" : "down"} title={title}>
      {text}
    </span>
  );
}

export function Sparkline({ values }: { values: (number | null)[] }) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return <svg className={css.spark} aria-hidden="true" />;
  const low = Math.min(...known, 0);
  const high = Math.max(...known);
  const span = high - low || 1;
  const x = (i: number) => (i / (values.length - 1)) * 100;
  const y = (value: number) => 30 - ((value - low) / span) * 26;
  const points = values.flatMap((value, i) =>
    value === null ? [] : [`${x(i).toFixed(1)},${y(value).toFixed(1)}`],
  );
  const [lastX, lastY] = points[points.length - 1]?.split(",") ?? [];
  return (
    <svg className={css.spark} viewBox="0 0 100 36" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={`0,33 ${points.join(" ")} 100,33`} fill="var(--accent-soft)" stroke="none" />
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.6"
        vectorEffect="non-scaling-stroke"
      />
      <line
        x1={lastX}
        y1={lastY}
        x2={lastX}
        y2={lastY}
        stroke="var(--accent)"
        strokeWidth="6"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
