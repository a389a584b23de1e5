import { Button, Checkbox, Drawer, Popover, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import type { FactSpec } from "../../api/types.ts";
import { useMay } from "../../app/may.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { addDays } from "../../lib/period.ts";
import { defined, isBare, parseFilter } from "../../lib/url.ts";
import { asSegment } from "../../ui/door.tsx";
import { AddIcon, CloseIcon, ColumnsIcon, SearchIcon } from "../../ui/icons.tsx";
import { Await, Empty, PageHead } from "../../ui/page.tsx";
import { useSegmentName } from "../../ui/segment-picker.tsx";
import { ExportMenu } from "../exports/ask.tsx";
import { PutIntoDialog } from "../segments/put-into.tsx";
import { EmptyBase } from "../welcome/empty-base.tsx";
import { BulkDialog } from "./bulk.tsx";
import { Card } from "./card.tsx";
import css from "./customers.module.css";
import { isNumber, useCellText, useFactText, usePlaceText } from "./fact.tsx";
import { FilterButton } from "./filter-button.tsx";
import { PersonForm } from "./person-form.tsx";
import type { CustomersSearch } from "./search.ts";
import { CustomersTable } from "./table.tsx";

const SHOWN_AT_FIRST = 6;

export function CustomersPage() {
  const { t } = useI18n();
  const { session } = useHere();
  if (session.customers === 0) return <EmptyBase title={t.customers.title} />;
  return <CustomersList />;
}

function CustomersList() {
  const { t, f, l } = useI18n();
  const words = t.customers;
  const waiting = useQuery(calls.duplicateCount).data?.total;
  const { session, range } = useHere();
  const search = useSearch({ from: "/app/customers" });
  const go = useNavigate();
  const setSearch = (next: CustomersSearch) =>
    void go({ to: "/customers", search: defined(next), replace: true });

  const [typed, setTyped] = useState(search.q ?? "");
  const [asked] = useDebouncedValue(typed.trim(), 150);
  // What is typed goes into the address; the address changed by a link goes into the field.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing moves the address
  useEffect(() => {
    if (asked !== (search.q ?? "")) setSearch({ ...search, q: asked || undefined });
  }, [asked]);
  useEffect(() => {
    setTyped((now) => (now.trim() === (search.q ?? "") ? now : (search.q ?? "")));
  }, [search.q]);

  const catalogue = useQuery(calls.factCatalogue);
  const facts = catalogue.data?.items ?? [];
  const shown = search.columns
    ? search.columns.split(",")
    : facts.slice(0, SHOWN_AT_FIRST).map((fact) => fact.key);
  const columns = facts.filter((fact) => shown.includes(fact.key));

  const query = defined({
    search: search.q,
    cell: search.cell,
    segment: search.segment,
    filter: search.filter,
    sort: search.sort,
    order: search.order,
    columns: columns.map((fact) => fact.key).join(",") || undefined,
    as_of: search.as_of && search.as_of !== range.today ? search.as_of : undefined,
    borders: search.borders,
    window: search.window,
    store: search.store,
    channel: search.channel,
    limit: 100,
  });
  const list = useInfiniteQuery({
    queryKey: calls.customersKey(query),
    queryFn: ({ pageParam }) => calls.customers({ ...query, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    enabled: catalogue.isSuccess,
    placeholderData: (before) => before,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const total = list.data?.pages[0]?.total;
  const narrowed = Boolean(search.q || search.cell || search.segment || search.filter?.length);
  const edits = useMay()("customers_edit");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [changing, setChanging] = useState(false);
  const puts = useMay()("numbers_see", true);
  const [putting, setPutting] = useState(false);
  const { columns: _c, sort: _s, order: _o, limit: _l, ...whom } = query;

  return (
    <>
      <PageHead
        title={words.title}
        sentence={
          total !== undefined &&
          (narrowed
            ? words.sentenceSome(
                total,
                f.count(total),
                f.share(session.customers ? total / session.customers : 0),
              )
            : words.sentenceAll(total, f.count(total)))
        }
      />
      <div className={css.bar}>
        <TextInput
          className={css.search}
          aria-label={words.search}
          placeholder={words.search}
          type="search"
          leftSection={<SearchIcon size={18} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <FilterButton facts={facts} search={search} onChange={setSearch} />
        <ColumnChooser
          facts={facts}
          shown={shown}
          onChange={(next) => setSearch({ ...search, columns: next.join(",") })}
        />
        <Button leftSection={<AddIcon size={18} />} onClick={() => setSearch({ ...search, open: "new" })}>
          {words.form.add}
        </Button>
      </div>
      <div className={css.bar}>
        <Button component={Link} to="/companies" variant="default">
          {t.companies.title}
        </Button>
        {waiting !== undefined && (
          <Button component={Link} to="/customers/duplicates" variant="default">
            {waiting ? t.duplicates.open(f.count(waiting)) : t.duplicates.openNone}
          </Button>
        )}
        {(search.cell || search.segment || search.filter?.length) && (
          <Button variant="default" component={Link} to="/segments/new" search={asSegment(search) as never}>
            {t.segments.make}
          </Button>
        )}
        {puts && selected.size > 0 && (
          <Button variant="default" onClick={() => setPutting(true)}>
            {t.segments.people_.open(f.count(selected.size))}
          </Button>
        )}
        {edits && (
          <Button variant="default" onClick={() => setChanging(true)}>
            {selected.size > 0 ? t.bulk.openSome(f.count(selected.size)) : t.bulk.open}
          </Button>
        )}
        <ExportMenu
          shown={columns.map((fact) => fact.key)}
          question={{
            search: search.q,
            cell: search.cell,
            segment: search.segment,
            filters: search.filter,
            as_of: query.as_of,
            borders: search.borders,
            window: search.window,
            store: search.store,
            channel: search.channel,
          }}
        />
      </div>
      <Chips facts={facts} search={search} onChange={setSearch} />
      <Await query={{ ...list, data: list.data }} height={420}>
        {() =>
          rows.length === 0 ? (
            <Empty title={words.emptyTitle}>
              <p>{words.emptyDo}</p>
              {narrowed && (
                <Button
                  variant="default"
                  onClick={() =>
                    setSearch({ columns: search.columns, sort: search.sort, order: search.order })
                  }
                >
                  {words.filterClear}
                </Button>
              )}
            </Empty>
          ) : (
            <CustomersTable
              rows={rows}
              total={total ?? rows.length}
              columns={columns}
              sort={search.sort}
              order={search.order ?? "desc"}
              openId={search.open}
              selected={edits || puts ? selected : undefined}
              onSelect={setSelected}
              loadingMore={list.isFetchingNextPage}
              onMore={() => {
                if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
              }}
              onSort={(sort, order) => setSearch({ ...search, sort, order })}
              onOpen={(open) => setSearch({ ...search, open })}
            />
          )
        }
      </Await>
      {putting && (
        <PutIntoDialog
          people={[...selected]}
          onDone={() => setSelected(new Set())}
          onClose={() => setPutting(false)}
        />
      )}
      {changing && (
        <BulkDialog
          whom={selected.size > 0 ? { ids: [...selected] } : whom}
          count={selected.size > 0 ? selected.size : (total ?? 0)}
          onDone={() => setSelected(new Set())}
          onClose={() => setChanging(false)}
        />
      )}
      <Drawer
        opened={search.open !== undefined}
        onClose={() => setSearch({ ...search, open: undefined })}
        position="right"
        size={620}
        title={
          search.open &&
          (search.open === "new" ? (
            words.form.title
          ) : (
            <Link to="/customers/$id" params={{ id: search.open }} className="small">
              {words.openCard}
            </Link>
          ))
        }
        closeButtonProps={{ "aria-label": t.common.act.close }}
      >
        {search.open === "new" ? (
          <PersonForm
            onCancel={() => setSearch({ ...search, open: undefined })}
            onDone={(card, known) => {
              setSearch({ ...search, open: card.id });
              notifications.show({ message: known ? words.form.known : words.form.added });
            }}
          />
        ) : (
          search.open && <Card id={search.open} narrow />
        )}
      </Drawer>
      <span className="visually-hidden" aria-live="polite">
        {total !== undefined && `${l(words.title)}: ${f.count(total)}`}
      </span>
    </>
  );
}

function ColumnChooser(props: { facts: FactSpec[]; shown: string[]; onChange: (next: string[]) => void }) {
  const { t, l } = useI18n();
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<ColumnsIcon size={18} />}>
          {t.customers.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown mah={400} style={{ overflow: "auto" }}>
        <Checkbox.Group value={props.shown} onChange={props.onChange} label={t.customers.columnsPick}>
          <div style={{ display: "grid", gap: 8, marginTop: 8 }}>
            {props.facts.map((fact) => (
              <Checkbox key={fact.key} value={fact.key} label={l(fact.label)} />
            ))}
          </div>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}

const REPORT = /^(cohort|bought|rf_map|life_cycle|rfm_cell|moved|abc):/;
const ofReport = (search: CustomersSearch) =>
  Boolean(search.cell || search.filter?.some((text) => REPORT.test(text)));

/** The day, place and borders of a report stay only while a condition of that report stays. */
function settled(search: CustomersSearch): CustomersSearch {
  if (ofReport(search)) return search;
  const { as_of: _a, borders: _b, window: _w, store: _s, channel: _c, ...rest } = search;
  return rest;
}

function Chips(props: {
  facts: FactSpec[];
  search: CustomersSearch;
  onChange: (next: CustomersSearch) => void;
}) {
  const { t, f, l } = useI18n();
  const { range } = useHere();
  const write = useFactText();
  const cellText = useCellText();
  const placeText = usePlaceText();
  const { search, onChange, facts } = props;
  const words = t.customers;
  const stores = useQuery(calls.stores);
  const channels = useQuery(calls.channels);
  const segmentName = useSegmentName(search.segment !== undefined);
  const chips: { text: string; without: CustomersSearch }[] = [];
  const named = (places: typeof stores.data, id: string) =>
    places?.items.find((one) => one.id === id || one.code === id)?.name ?? id;
  if (ofReport(search)) {
    const { as_of: _a, ...anyDay } = search;
    const { store: _s, ...anyStore } = search;
    const { channel: _c, ...anyChannel } = search;
    if (search.store)
      chips.push({
        text: `${t.common.period.store}: ${named(stores.data, search.store)}`,
        without: anyStore,
      });
    if (search.channel)
      chips.push({
        text: `${t.common.period.channel}: ${named(channels.data, search.channel)}`,
        without: anyChannel,
      });
    if (search.as_of && search.as_of !== range.today)
      chips.push({ text: words.filterAsOf(f.day(search.as_of)), without: anyDay });
  }
  if (search.segment) {
    const { segment: _s, ...rest } = search;
    chips.push({ text: `${t.common.nav.segments}: ${segmentName(search.segment)}`, without: rest });
  }
  if (search.cell) {
    const { cell: _c, ...rest } = search;
    chips.push({ text: `${words.filterCell}: ${cellText(search.cell)}`, without: rest });
  }
  for (const text of search.filter ?? []) {
    const filter = parseFilter(text);
    if (!filter) continue;
    const special = {
      cohort: () => words.filterCohort(f.month(`${filter.value}-01`)),
      bought: () => words.filterBought(f.month(`${filter.value}-01`)),
      rf_map: () => {
        const [days = "", times = ""] = filter.value.replaceAll("-", "–").split("x");
        return words.filterRfMap(days, times);
      },
      abc: () => {
        const [from = "", to = "", name = ""] = filter.value.split("~");
        return words.filterAbc({ name, from: f.day(from), to: f.day(addDays(to, -1)) });
      },
      moved: () => {
        const [day = "", from = "", to = ""] = filter.value.split("~");
        return words.filterMoved({ day: f.day(day), from: placeText(from), to: placeText(to) });
      },
    }[filter.fact];
    const without = { ...search, filter: search.filter?.filter((one) => one !== text) };
    if (special) {
      chips.push({ text: special(), without });
      continue;
    }
    const spec = facts.find((fact) => fact.key === filter.fact);
    const raw = spec && isNumber(spec) ? Number(filter.value) : filter.value;
    const place = [...(stores.data?.items ?? []), ...(channels.data?.items ?? [])].find(
      (one) => one.id === filter.value || one.code === filter.value,
    );
    const yesNo = spec?.type === "flag" ? (filter.value === "yes" ? t.noted.yes : t.noted.no) : undefined;
    const value = isBare(filter.op) ? "" : (place?.name ?? yesNo ?? (spec ? write(spec, raw) : filter.value));
    chips.push({
      text: `${l(spec?.label) || filter.fact} ${words.opShort[filter.op] ?? filter.op} ${value}`,
      without,
    });
  }
  if (chips.length === 0) return null;
  return (
    <div className={css.chips}>
      {chips.map((chip) => (
        <button
          key={chip.text}
          type="button"
          className={css.chip}
          onClick={() => onChange(settled(chip.without))}
          aria-label={words.filterDrop(chip.text)}
        >
          {chip.text}
          <CloseIcon size={14} />
        </button>
      ))}
    </div>
  );
}
