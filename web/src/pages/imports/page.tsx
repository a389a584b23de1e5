import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import * as calls from "../../api/calls.ts";
import type { Import } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { type I18n, useI18n } from "../../i18n/index.tsx";
import { Await, Dot, PageHead, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import { DropFile } from "./drop-file.tsx";
import css from "./imports.module.css";

export function ImportsPage() {
  const i18n = useI18n();
  const { t } = i18n;
  const imports = useQuery({ ...calls.imports, refetchInterval: 5000 });
  return (
    <>
      <PageHead title={t.imports.title} sentence={imports.data && sentence(imports.data.items, i18n)} />
      <div className={css.stack}>
        <DropFile />
        <Await query={imports} height={200}>
          {(data) => (data.items.length > 0 ? <History items={data.items} /> : null)}
        </Await>
      </div>
    </>
  );
}

function sentence(items: Import[], { t, f }: I18n): string {
  const done = items.filter((item) => item.state === "done");
  if (done.length === 0) return t.imports.sentenceNone;
  const sum = (key: "purchases_new" | "customers_new") =>
    done.reduce((total, item) => total + (item.result?.[key] ?? 0), 0);
  const purchases = sum("purchases_new");
  const customers = sum("customers_new");
  return t.imports.sentence({
    n: done.length,
    text: f.count(done.length),
    purchases: t.common.purchases(purchases, f.count(purchases)),
    customers: t.common.customers(customers, f.count(customers)),
  });
}

const STATE_COLOR: Record<Import["state"], string> = {
  uploaded: "var(--seg-new)",
  checking: "var(--seg-new)",
  checked: "var(--seg-new)",
  importing: "var(--seg-new)",
  done: "var(--seg-returning)",
  cancelled: "var(--seg-gone)",
  failed: "var(--down)",
  interrupted: "var(--seg-risk)",
};

function History({ items }: { items: Import[] }) {
  const { t, f } = useI18n();
  const { session } = useHere();
  const words = t.imports;
  return (
    <Panel title={words.history}>
      <Scroll label={words.history}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.file}</th>
              <th scope="col">{words.when}</th>
              <th scope="col">{words.state}</th>
              <th scope="col" className="num">
                {words.counts.purchases_new}
              </th>
              <th scope="col" className="num">
                {words.counts.customers_new}
              </th>
              <th scope="col" className="num">
                {words.counts.rejected}
              </th>
              <th scope="col" className="num">
                {words.size}
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={item.id}>
                <td>
                  <Link to="/imports/$id" params={{ id: item.id }}>
                    {item.file_name}
                  </Link>
                </td>
                <td style={{ whiteSpace: "nowrap" }}>{f.moment(item.created_at, session.shop.time_zone)}</td>
                <td style={{ whiteSpace: "nowrap" }}>
                  <Dot color={STATE_COLOR[item.state]} />
                  {words.states[item.state]}
                </td>
                <td className="num">{item.result ? f.count(item.result.purchases_new) : ""}</td>
                <td className="num">{item.result ? f.count(item.result.customers_new) : ""}</td>
                <td className="num">{item.result ? f.count(item.result.rejected) : ""}</td>
                <td className="num">{f.size(item.size_bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
