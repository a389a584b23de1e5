import { Button, Drawer, Switch, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import { useMay } from "../../app/may.ts";
import { NONE } from "../../i18n/format.ts";
import { useI18n } from "../../i18n/index.tsx";
import { defined } from "../../lib/url.ts";
import { AddIcon, SearchIcon } from "../../ui/icons.tsx";
import { Await, Empty, PageHead, Panel } from "../../ui/page.tsx";
import { Scroll } from "../../ui/scroll.tsx";
import css from "./companies.module.css";
import { CompanyCard, CompanyForm } from "./company.tsx";

/** Companies of the customers, those whose people paid most first. */
export function CompaniesPage() {
  const { t, f } = useI18n();
  const words = t.companies;
  const edits = useMay()("customers_edit");
  const search = useSearch({ from: "/app/companies" });
  const go = useNavigate();
  const set = (next: typeof search) =>
    void go({ to: "/companies", search: defined({ ...search, ...next }), replace: true });
  const [typed, setTyped] = useState(search.q ?? "");
  const [asked] = useDebouncedValue(typed.trim(), 150);
  const [archived, setArchived] = useState(false);
  const list = useQuery({ ...calls.companies(asked, archived), placeholderData: (before) => before });
  const total = list.data?.total;
  const money = list.data?.items.reduce((sum, one) => sum + one.together.revenue_minor, 0) ?? 0;
  const sentence =
    total === undefined
      ? undefined
      : asked
        ? words.sentenceFound({ n: total, count: f.count(total) })
        : total === 0
          ? words.sentenceNone
          : words.sentence({ n: total, count: f.count(total), money: f.money(money) });
  const add = (
    <Button leftSection={<AddIcon size={18} />} onClick={() => set({ open: "new" })}>
      {words.add}
    </Button>
  );
  return (
    <>
      <PageHead title={words.title} sentence={sentence} />
      <div className={css.bar}>
        <TextInput
          className={css.search}
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          leftSection={<SearchIcon size={18} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {edits && add}
        <Switch
          label={words.archivedToo}
          checked={archived}
          onChange={(event) => setArchived(event.currentTarget.checked)}
        />
      </div>
      <Await query={list} height={320}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={asked ? words.notFound : words.none}>
              <p>{asked ? words.notFoundDo : words.noneDo}</p>
            </Empty>
          ) : (
            <Panel label={words.title}>
              <Scroll label={words.title}>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{words.name}</th>
                      <th scope="col" className="num">
                        {words.columnPeople}
                      </th>
                      <th scope="col" className="num">
                        {words.orders}
                      </th>
                      <th scope="col" className="num">
                        {words.money}
                      </th>
                      <th scope="col" className="num">
                        {words.last}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((one) => (
                      <tr
                        key={one.id}
                        className={css.row}
                        data-open={search.open === one.id || undefined}
                        onClick={() => set({ open: one.id })}
                      >
                        <td>
                          <button type="button" className={`plain-button ${css.open}`}>
                            {one.name}
                          </button>
                          <div className={`${css.number} soft small`}>
                            {[one.inn && words.innIs(one.inn), one.archived && words.archived]
                              .filter(Boolean)
                              .join(" · ")}
                          </div>
                        </td>
                        <td className="num">{f.count(one.people_count)}</td>
                        <td className="num">{f.count(one.together.orders)}</td>
                        <td className="num">{f.money(one.together.revenue_minor)}</td>
                        <td className="num">{one.together.last_day ? f.day(one.together.last_day) : NONE}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            </Panel>
          )
        }
      </Await>
      <Drawer
        opened={search.open !== undefined}
        onClose={() => set({ open: undefined })}
        position="right"
        size={520}
        title={search.open === "new" ? words.add : words.title}
        closeButtonProps={{ "aria-label": t.common.act.close }}
      >
        {search.open === "new" ? (
          <CompanyForm onDone={(id) => set({ open: id })} onCancel={() => set({ open: undefined })} />
        ) : (
          search.open && <CompanyCard id={search.open} />
        )}
      </Drawer>
    </>
  );
}
