import type { Rfm, RfmCell } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import css from "./analytics.module.css";

/** Recency down, frequency across; inside each box three bars by money. Height is people, colour is money or change. */
export function RfmGrid(props: { rfm: Rfm; color: "money" | "change"; onOpen: (cell: string) => void }) {
  const { t, f } = useI18n();
  const words = t.analytics.rfm;
  const { rfm } = props;
  const by = new Map(rfm.cells.map((cell) => [cell.cell, cell]));
  const people = Math.max(1, ...rfm.cells.map((cell) => cell.customers));
  const money = Math.max(1, ...rfm.cells.map((cell) => cell.revenue_minor));
  const [r1 = 0, r2 = 0] = rfm.cuts.recency_days;
  const [f1 = 0, f2 = 0] = rfm.cuts.frequency;
  const n = (value: number) => f.number(value, 1);
  const recencyRange: Record<string, string> = {
    "3": words.upToDays(n(r1)),
    "2": words.between(n(r1), words.upToDays(n(r2)).replace(/^\D+/, "")),
    "1": words.fromDays(n(r2)),
  };
  const frequencyRange: Record<string, string> = {
    "1": words.times(`≤ ${n(f1)}`),
    "2": words.times(f1 === f2 ? "—" : `≤ ${n(f2)}`),
    "3": words.times(`> ${n(f2)}`),
  };
  return (
    <div className={css.rfm}>
      <span className={css.corner} />
      {["1", "2", "3"].map((fr) => (
        <div key={fr} className={`${css.axis} ${css.axisTop}`}>
          {words.f[fr]}
          <small>{frequencyRange[fr]}</small>
        </div>
      ))}
      {["3", "2", "1"].map((r) => [
        <div key={r} className={css.axis} data-row>
          {words.r[r]}
          <small>{recencyRange[r]}</small>
        </div>,
        ...["1", "2", "3"].map((fr) => (
          <fieldset
            key={r + fr}
            className={css.box}
            style={{ margin: 0 }}
            aria-label={`${words.r[r]}, ${words.f[fr]}`}
          >
            {["1", "2", "3"].map((m) => {
              const cell = by.get(r + fr + m);
              return cell ? (
                <Bar
                  key={m}
                  cell={cell}
                  people={people}
                  money={money}
                  color={props.color}
                  onOpen={() => props.onOpen(cell.cell)}
                />
              ) : (
                <span key={m} />
              );
            })}
          </fieldset>
        )),
      ])}
    </div>
  );
}

function Bar(props: {
  cell: RfmCell;
  people: number;
  money: number;
  color: "money" | "change";
  onOpen: () => void;
}) {
  const { t, f, l } = useI18n();
  const { cell } = props;
  // Square roots: a cell of ten people beside one of ten thousand is still seen.
  const height = cell.customers === 0 ? 0 : 4 + Math.sqrt(cell.customers / props.people) * 70;
  const change = cell.last_month_customers === null ? null : cell.customers - cell.last_month_customers;
  return (
    <button type="button" className={css.bar} onClick={props.onOpen} data-cell={cell.cell}>
      <span className={css.barSpace}>
        <span
          className={css.barFill}
          style={{
            height,
            background:
              props.color === "money" ? byMoney(cell.revenue_minor / props.money) : byChange(change, cell),
          }}
        />
      </span>
      <span className={css.barCount}>
        {f.countShort(cell.customers)}
        {props.color === "change" && change !== null && change !== 0 && (
          <span className={change > 0 ? "up" : "down"} style={{ fontWeight: 500, fontSize: "0.72rem" }}>
            {" "}
            {change > 0 ? "+" : ""}
            {f.countShort(change)}
          </span>
        )}
      </span>
      <span className={css.barCode}>
        {cell.cell} · {t.analytics.rfm.mShort[cell.cell[2] ?? ""]}
      </span>
      <span className={css.barName}>{l(cell.name)}</span>
      <span className="visually-hidden">
        {t.common.people(cell.customers, f.count(cell.customers))}, {f.moneyShort(cell.revenue_minor)}
      </span>
    </button>
  );
}

const byMoney = (share: number) => `var(--heat-${Math.max(1, Math.min(6, Math.ceil(Math.sqrt(share) * 6)))})`;

/** Growth and loss against last month; a tenth either way is full colour. */
function byChange(change: number | null, cell: RfmCell): string {
  if (change === null || change === 0) return "var(--heat-1)";
  const strength = Math.min(1, Math.abs(change) / Math.max(1, cell.customers * 0.1));
  return `color-mix(in srgb, ${change > 0 ? "var(--up)" : "var(--down)"} ${20 + Math.round(strength * 80)}%, var(--surface))`;
}
