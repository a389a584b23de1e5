import { Button, Popover, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as calls from "../../api/calls.ts";
import type { FactSpec } from "../../api/types.ts";
import { useHere } from "../../app/session.tsx";
import { useI18n } from "../../i18n/index.tsx";
import { defined, isBare, writeFilter } from "../../lib/url.ts";
import { FilterIcon } from "../../ui/icons.tsx";
import { isNumber, kindOf } from "./fact.tsx";
import { machineNumber } from "./number.ts";
import type { CustomersSearch } from "./search.ts";

/** Adds conditions: an RFM segment, or a fact compared with a value typed as people write it. */
export function FilterButton(props: {
  facts: FactSpec[];
  search: CustomersSearch;
  onChange: (next: CustomersSearch) => void;
}) {
  const { t, l } = useI18n();
  const { session, range } = useHere();
  const words = t.customers;
  const { search } = props;
  const [opened, setOpened] = useState(false);
  const [fact, setFact] = useState<string | null>(null);
  const [op, setOp] = useState("ge");
  const [value, setValue] = useState("");
  const rfm = useQuery({
    ...calls.rfm(
      defined({ as_of: search.as_of ?? range.asOf, borders: search.borders, window: search.window }),
    ),
    enabled: opened,
  });
  const usable = props.facts.filter((one) => one.filterable);
  const spec = usable.find((one) => one.key === fact);
  const isDay = spec?.type === "day";
  const tags = useQuery({
    ...calls.knownWords(fact === "likes" ? "likes" : "tags"),
    enabled: opened && spec?.type === "tags",
  });
  const stores = useQuery({ ...calls.stores, enabled: opened });
  const channels = useQuery({ ...calls.channels, enabled: opened });
  /** The values to choose from, for facts that are no numbers. */
  const choices =
    spec?.type === "store"
      ? stores.data?.items.map((one) => ({ value: one.id, label: one.name }))
      : spec?.type === "channel"
        ? channels.data?.items.map((one) => ({ value: one.id, label: one.name }))
        : spec?.type === "rfm_cell"
          ? rfm.data?.cells.map((one) => ({ value: one.cell, label: `${one.cell} ${l(one.name)}` }))
          : spec?.type === "flag"
            ? [
                { value: "yes", label: t.noted.yes },
                { value: "no", label: t.noted.no },
              ]
            : spec?.type === "tags"
              ? tags.data?.items.map((one) => ({ value: one.word, label: one.word }))
              : spec?.values?.map((one) => ({ value: one.key, label: l(one.label) }));
  const several = spec?.type === "tags" || spec?.type === "choices";
  const isText = spec?.type === "text" || spec?.type === "link";
  /** Comparisons of the kind of value, usual ones first. */
  const ops: Record<string, string> = {
    ...(several
      ? words.setOps
      : isText
        ? words.textOps
        : choices
          ? { eq: words.opIs, ne: words.opIsNot }
          : words.ops),
    ...(spec?.type === "rfm_cell" ? {} : words.anyOps),
  };
  const chosen = op in ops ? op : (Object.keys(ops)[0] ?? "eq");
  const bare = isBare(chosen);

  const add = () => {
    if (!spec || (!bare && value.trim() === "")) return;
    const written = bare
      ? ""
      : isNumber(spec)
        ? machineNumber(value, kindOf(spec), session.shop.currency_digits)
        : value.trim();
    if (written === null) return;
    const filter = writeFilter({ fact: spec.key, op: chosen, value: written });
    props.onChange({ ...search, filter: [...new Set([...(search.filter ?? []), filter])] });
    setValue("");
    setOpened(false);
  };

  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" withinPortal trapFocus width={320}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<FilterIcon size={18} />}
          onClick={() => setOpened((now) => !now)}
        >
          {words.filters}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          style={{ display: "grid", gap: 10 }}
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <Select
            label={words.filterCell}
            placeholder={words.filterAny}
            clearable
            searchable
            comboboxProps={{ withinPortal: false }}
            value={search.cell ?? null}
            data={(rfm.data?.cells ?? []).map((cell) => ({
              value: cell.cell,
              label: `${cell.cell} ${l(cell.name)}`,
            }))}
            onChange={(cell) => {
              props.onChange({ ...search, cell: cell ?? undefined });
              setOpened(false);
            }}
          />
          <Select
            label={words.filterFact}
            searchable
            comboboxProps={{ withinPortal: false }}
            value={fact}
            data={usable.map((one) => ({ value: one.key, label: l(one.label) }))}
            onChange={(next) => {
              setFact(next);
              setValue("");
            }}
          />
          {spec && (
            <Select
              label={words.filterOp}
              allowDeselect={false}
              comboboxProps={{ withinPortal: false }}
              value={chosen}
              data={Object.entries(ops).map(([key, label]) => ({ value: key, label }))}
              onChange={(next) => next && setOp(next)}
            />
          )}
          {bare ? null : choices ? (
            <Select
              label={words.filterValue}
              searchable
              comboboxProps={{ withinPortal: false }}
              value={value || null}
              data={choices}
              onChange={(next) => setValue(next ?? "")}
            />
          ) : (
            <TextInput
              label={words.filterValue}
              type={isDay ? "date" : "text"}
              inputMode={spec && isNumber(spec) ? "decimal" : undefined}
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
            />
          )}
          <Button type="submit" disabled={!spec || (!bare && value.trim() === "")}>
            {words.filterAdd}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
