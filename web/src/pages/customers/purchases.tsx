import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { PurchaseBrief, PurchaseLine } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { DownIcon, UpIcon } from "../../ui/icons.tsx";
import { Await, Panel } from "../../ui/page.tsx";
import css from "./customers.module.css";

/** The time line of purchases, newest first; each opens into its lines. */
export function Purchases({ id, first }: { id: string; first: PurchaseBrief[] }) {
  const { t } = useI18n();
  const words = t.customers.card;
  const [all, setAll] = useState(false);
  const list = useInfiniteQuery({
    queryKey: calls.customerPurchasesKey(id),
    queryFn: ({ pageParam }) => calls.customerPurchases(id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    enabled: all,
  });
  const shown = (all && list.data?.pages.flatMap((page) => page.items)) || first;
  const more = all ? list.hasNextPage : first.length >= 10;
  return (
    <Panel title={words.purchases}>
      {shown.length === 0 && <p className="soft">{words.noPurchases}</p>}
      <div>
        {shown.map((purchase) => (
          <PurchaseRow key={purchase.id} purchase={purchase} />
        ))}
      </div>
      {more && (
        <Button
          mt={12}
          variant="default"
          loading={list.isFetching && all}
          onClick={() => (all ? void list.fetchNextPage() : setAll(true))}
        >
          {t.common.act.more}
        </Button>
      )}
    </Panel>
  );
}

const nameOf = (place: PurchaseBrief["store"]) => (typeof place === "string" ? place : place?.name);

function PurchaseRow({ purchase }: { purchase: PurchaseBrief }) {
  const { t, f } = useI18n();
  const words = t.customers.card;
  const [open, setOpen] = useState(false);
  const returned =
    purchase.kind === "return" ||
    purchase.kind === 1 ||
    (purchase.kind === undefined && purchase.amount_minor < 0);
  const about = [
    returned ? words.back_ : null,
    nameOf(purchase.store),
    nameOf(purchase.channel),
    purchase.number ? words.receipt(purchase.number) : null,
    purchase.lines_count ? words.lines(purchase.lines_count, f.count(purchase.lines_count)) : null,
    purchase.discount_minor ? words.discount(f.money(purchase.discount_minor)) : null,
  ].filter(Boolean);
  return (
    <div className={`${css.line} ${returned ? css.returned : ""}`}>
      <button type="button" className={css.purchase} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span>{f.day(purchase.day)}</span>
        <span className="soft small">{about.join(" · ") || words.sale}</span>
        <b className="num">{f.money(purchase.amount_minor)}</b>
        <span className="soft">{open ? <UpIcon size={16} /> : <DownIcon size={16} />}</span>
      </button>
      {open && <Lines id={purchase.id} />}
    </div>
  );
}

function Lines({ id }: { id: string }) {
  const { t, f } = useI18n();
  const words = t.customers.card;
  const purchase = useQuery(calls.purchase(id));
  return (
    <div className={css.lines}>
      <Await query={purchase} height={60}>
        {(data) => (
          <>
            {data.lines.length === 0 ? (
              <p className="soft small">{words.noLines}</p>
            ) : (
              <div className="table-scroll">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{words.product}</th>
                      <th scope="col" className="num">
                        {words.quantity}
                      </th>
                      <th scope="col" className="num">
                        {words.price}
                      </th>
                      <th scope="col" className="num">
                        {words.sum}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.lines.map((line, i) => (
                      <tr key={i}>
                        <td>
                          {line.product?.name ?? line.name ?? (
                            <span className="soft">{words.unknownProduct}</span>
                          )}
                        </td>
                        <td className="num">{f.number(Number(line.quantity), 3)}</td>
                        <td className="num">{priceOf(line) === null ? "—" : f.money(priceOf(line) ?? 0)}</td>
                        <td className="num">{f.money(line.amount_minor)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            {data.returns?.map((back) => (
              <p key={back.id} className="small down" style={{ margin: "4px 12px" }}>
                {words.returned(f.money(Math.abs(back.amount_minor)), f.day(back.day))}
              </p>
            ))}
          </>
        )}
      </Await>
    </div>
  );
}

/** The price as told, else what one came to. */
function priceOf(line: PurchaseLine): number | null {
  if (line.price_minor !== null && line.price_minor !== undefined) return line.price_minor;
  const quantity = Number(line.quantity);
  return quantity ? Math.round(line.amount_minor / quantity) : null;
}
