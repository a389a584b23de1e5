import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { Purchase, PurchaseBrief, PurchaseLine } from "../../api/types.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { DownIcon, UpIcon } from "../../ui/icons.tsx";
import { Await, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./customers.module.css";

/** The time line of purchases, newest first; each opens into its lines. */
export function Purchases(props: {
  id: string;
  first: PurchaseBrief[];
  total: number;
  /** The one that was looked for: shown open, on top when it is an old one. */
  opened?: string;
}) {
  const { id, first, total, opened } = props;
  const away = opened !== undefined && !first.some((one) => one.id === opened);
  const asked = useQuery({ ...calls.purchase(opened ?? ""), enabled: away });
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
  const shown: (PurchaseBrief | Purchase)[] =
    (all && list.data?.pages.flatMap((page) => page.items)) || first;
  const more = all ? list.hasNextPage : total > first.length;
  return (
    <Panel title={words.purchases}>
      {!all && away && asked.data && <PurchaseRow purchase={asked.data} opened />}
      {shown.length === 0 && <p className="soft">{words.noPurchases}</p>}
      <div>
        {shown.map((purchase) => (
          <PurchaseRow key={purchase.id} purchase={purchase} opened={purchase.id === opened} />
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

function PurchaseRow({ purchase, opened }: { purchase: PurchaseBrief | Purchase; opened?: boolean }) {
  const { t, f } = useI18n();
  const words = t.customers.card;
  const [open, setOpen] = useState(opened ?? false);
  const returned = purchase.kind === "return";
  const about = [
    returned ? words.back_ : null,
    purchase.taken_back
      ? words.takenBack
      : purchase.taken_back_minor > 0
        ? words.takenBackPart(f.money(purchase.taken_back_minor))
        : null,
    purchase.receipt_no ? words.receipt(purchase.receipt_no) : null,
    purchase.store,
    purchase.channel,
    purchase.discount_minor > 0 ? words.discount(f.money(purchase.discount_minor)) : null,
  ].filter(Boolean);
  return (
    <div className={`${css.line} ${returned ? css.returned : ""}`}>
      <button type="button" className={css.purchase} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span>{f.day(purchase.day)}</span>
        <span className="soft small">{about.join(" · ") || words.sale}</span>
        <b className="num">{f.money(purchase.paid_minor)}</b>
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
              <Scroll label={t.customers.card.product}>
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
                    {data.lines.map((line) => (
                      <tr key={line.line_no}>
                        <td>
                          {line.name || line.product || <span className="soft">{words.unknownProduct}</span>}
                        </td>
                        <td className="num">{f.number(line.quantity_micro / PIECE, 3)}</td>
                        <td className="num">{line.quantity_micro ? f.money(priceOf(line)) : NONE}</td>
                        <td className="num">{f.money(line.paid_minor)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            )}
          </>
        )}
      </Await>
    </div>
  );
}

/** Quantities come in millionths of a piece. */
const PIECE = 1_000_000;

/** What one piece came to. */
const priceOf = (line: PurchaseLine): number => Math.round((line.paid_minor / line.quantity_micro) * PIECE);
