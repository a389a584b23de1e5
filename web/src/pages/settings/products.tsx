import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { defined } from "../../lib/url.ts";
import { SearchIcon } from "../../ui/icons.tsx";
import { Await, Empty, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";

/** What the shop sells, as its files and tills named it. */
export function ProductsTab() {
  const { t, f } = useI18n();
  const words = t.settings.products;
  const search = useSearch({ from: "/app/settings/$tab" });
  const go = useNavigate();
  const [typed, setTyped] = useState(search.q ?? "");
  const [asked] = useDebouncedValue(typed.trim(), 150);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing moves the address
  useEffect(() => {
    if (asked === (search.q ?? "")) return;
    void go({
      to: "/settings/$tab",
      params: { tab: "products" },
      search: defined({ q: asked || undefined }),
      replace: true,
    });
  }, [asked]);
  useEffect(() => {
    setTyped((now) => (now.trim() === (search.q ?? "") ? now : (search.q ?? "")));
  }, [search.q]);
  const list = useInfiniteQuery({
    queryKey: calls.productsKey(search.q ?? ""),
    queryFn: ({ pageParam }) => calls.products(search.q ?? "", pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const money = (value: number | null | undefined) =>
    value === null || value === undefined ? NONE : f.money(value);
  return (
    <Panel title={t.settings.tabs.products} note={words.note}>
      <TextInput
        type="search"
        mb={16}
        maw={420}
        aria-label={words.search}
        placeholder={words.search}
        leftSection={<SearchIcon size={18} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Await query={{ ...list, data: list.data }} height={320}>
        {() =>
          rows.length === 0 ? (
            <Empty title={search.q ? words.notFound : words.none}>
              <p>{search.q ? words.notFoundDo : words.noneDo}</p>
            </Empty>
          ) : (
            <>
              <Scroll label={t.settings.tabs.products}>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{words.name}</th>
                      <th scope="col">{words.category}</th>
                      <th scope="col" className="num">
                        {words.price}
                      </th>
                      <th scope="col" className="num">
                        {words.cost}
                      </th>
                      <th scope="col" className="num">
                        {words.markup}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((one) => (
                      <tr key={one.id}>
                        <td>
                          {one.name || one.code}
                          {one.name && one.name !== one.code && (
                            <span className="soft small" style={{ display: "block" }}>
                              {one.code}
                            </span>
                          )}
                        </td>
                        <td>{one.category.replaceAll(";", " › ") || NONE}</td>
                        <td className="num">{money(one.price_minor)}</td>
                        <td className="num">{money(one.cost_minor)}</td>
                        <td className="num">
                          {one.price_minor && one.cost_minor !== null && one.cost_minor !== undefined
                            ? f.share((one.price_minor - one.cost_minor) / one.price_minor, 0)
                            : NONE}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {list.hasNextPage && (
                <Button
                  mt={12}
                  variant="default"
                  loading={list.isFetchingNextPage}
                  onClick={() => void list.fetchNextPage()}
                >
                  {t.common.act.more}
                </Button>
              )}
            </>
          )
        }
      </Await>
    </Panel>
  );
}
