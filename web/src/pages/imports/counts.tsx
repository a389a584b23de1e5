import { BASE } from "../../api/client.ts";
import type { Counts } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import css from "./imports.module.css";

const ALWAYS = ["rows", "purchases_new", "customers_new"] as const;
const IF_ANY = [
  "purchases_known",
  "lines_new",
  "customers_changed",
  "products_new",
  "stores_new",
  "rejected",
  "skipped_service_rows",
] as const;

/** What an import did, or would do. */
export function CountsView({ counts, id }: { counts: Counts; id: string }) {
  const { t, f } = useI18n();
  const words = t.imports;
  return (
    <>
      <dl className={css.counts}>
        {[...ALWAYS, ...IF_ANY.filter((key) => counts[key] > 0)].map((key) => (
          <div key={key}>
            <dt>{words.counts[key]}</dt>
            <dd>{f.count(counts[key])}</dd>
          </div>
        ))}
        {counts.amount_minor !== 0 && (
          <div>
            <dt>{words.counts.amount_minor}</dt>
            <dd>{f.money(counts.amount_minor)}</dd>
          </div>
        )}
        {counts.first_day && counts.last_day && (
          <div>
            <dt>{words.span}</dt>
            <dd style={{ fontSize: "1rem" }}>
              {f.day(counts.first_day)} – {f.day(counts.last_day)}
            </dd>
          </div>
        )}
      </dl>
      <Reasons title={words.reasons} list={counts.reasons} />
      <Reasons title={words.warnings} list={counts.warnings} />
      {counts.rejected > 0 && (
        <p style={{ margin: "12px 0 0" }}>
          <a href={`${BASE}/imports/${id}/rejected.csv`} download>
            {words.rejected}
          </a>
        </p>
      )}
    </>
  );
}

/** What was met how often: reasons of rows that did not fit, or what was noticed in those that did. */
function Reasons({ title, list }: { title: string; list: Counts["reasons"] }) {
  const { f, l } = useI18n();
  if (list.length === 0) return null;
  return (
    <section style={{ marginTop: 20 }}>
      <h3 style={{ margin: "0 0 4px", fontSize: "1rem" }}>{title}</h3>
      <table className="table" style={{ maxWidth: 640 }}>
        <tbody>
          {list.map((reason) => (
            <tr key={reason.code}>
              <td>{l(reason.label)}</td>
              <td className="num">{f.count(reason.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
