import { Link } from "@tanstack/react-router";
import type { Rfm, RfmQuery } from "../../api/types.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { cellMeaning } from "../../lib/known.ts";
import { MakeSegment } from "../../ui/door.tsx";
import { Dot, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";

/** All 27 with their figures and what to do. */
export function RfmTable(props: { rfm: Rfm; asked: RfmQuery; onOpen: (cell: string) => void }) {
  const { rfm, asked, onOpen } = props;
  const { t, f, l } = useI18n();
  const words = t.analytics.rfm;
  const rows = [...rfm.cells].sort((a, b) => b.cell.localeCompare(a.cell));
  return (
    <Panel label={words.strategy}>
      <Scroll label={words.strategy}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.name}</th>
              <th scope="col" className="num">
                {words.people}
              </th>
              <th scope="col" className="num">
                {words.peopleShare}
              </th>
              <th scope="col" className="num">
                {words.money}
              </th>
              <th scope="col" className="num">
                {words.moneyShare}
              </th>
              <th scope="col" className="num">
                {words.change}
              </th>
              <th scope="col">{words.strategy}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {rows.map((cell) => {
              const change = cell.customers - cell.last_month_customers;
              return (
                <tr key={cell.cell}>
                  <td style={{ whiteSpace: "nowrap" }}>
                    <Dot color={`var(--seg-${cellMeaning(cell.cell)})`} />
                    <button
                      type="button"
                      className="plain-button"
                      onClick={() => onOpen(cell.cell)}
                      style={{ textDecoration: "underline", textUnderlineOffset: 3 }}
                    >
                      {cell.cell} {l(cell.name)}
                    </button>
                  </td>
                  <td className="num">
                    <Link
                      to="/customers"
                      search={{ ...asked, cell: cell.cell }}
                      aria-label={`${words.open}: ${cell.cell} ${l(cell.name)}, ${f.count(cell.customers)}`}
                    >
                      {f.count(cell.customers)}
                    </Link>
                  </td>
                  <td className="num">
                    {cell.share_customers == null ? NONE : f.share(cell.share_customers)}
                  </td>
                  <td className="num">{f.moneyShort(cell.revenue_minor)}</td>
                  <td className="num">{cell.share_revenue == null ? NONE : f.share(cell.share_revenue)}</td>
                  <td className="num">
                    {change === null ? (
                      NONE
                    ) : (
                      <span className={change === 0 ? "soft" : undefined}>
                        {change > 0 ? "+" : ""}
                        {f.count(change)}
                      </span>
                    )}
                  </td>
                  <td className="soft" style={{ minWidth: 220 }}>
                    {l(cell.strategy)}
                  </td>
                  <td>
                    {cell.customers > 0 && (
                      <MakeSegment
                        search={{ ...asked, cell: cell.cell }}
                        of={`${cell.cell} ${l(cell.name)}`}
                      />
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
