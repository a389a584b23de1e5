import { MultiSelect, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import * as calls from "../../../api/calls.ts";
import type { StaffScope } from "../../../api/types.ts";
import { useI18n } from "../../../i18n/index.tsx";

/** Which customers somebody sees. */
export function ScopeFields(props: {
  value: StaffScope;
  onChange: (scope: StaffScope) => void;
  error?: string;
  /** Nobody looks after customers by a program: it has none of its own. */
  of?: "person" | "program";
}) {
  const { t } = useI18n();
  const words = t.staff;
  const stores = useQuery(calls.stores);
  const { value, onChange } = props;
  const kinds = (["all", "stores", "own", "filter"] as const).filter(
    (kind) => kind !== "own" || props.of !== "program",
  );
  return (
    <>
      <Select
        label={words.scope}
        value={value.kind}
        allowDeselect={false}
        error={props.error}
        data={kinds.map((kind) => ({ value: kind, label: words.scopes[kind] }))}
        onChange={(kind) => {
          if (kind === "stores") onChange({ kind, stores: [] });
          else if (kind === "filter") onChange({ kind, filters: [] });
          else onChange({ kind: kind === "own" ? "own" : "all" });
        }}
      />
      {value.kind === "stores" && (
        <MultiSelect
          label={words.scopeStores}
          value={value.stores}
          data={(stores.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          onChange={(chosen) => onChange({ kind: "stores", stores: chosen })}
        />
      )}
      {value.kind === "filter" && (
        <Textarea
          label={words.scopeFilters}
          autosize
          minRows={2}
          value={value.filters.join("\n")}
          onChange={(event) =>
            onChange({
              kind: "filter",
              filters: event.currentTarget.value.split("\n").map((one) => one.trim()),
            })
          }
        />
      )}
    </>
  );
}

/** The scope as it is sent: no empty lines. */
export const sentScope = (scope: StaffScope): StaffScope =>
  scope.kind === "filter" ? { ...scope, filters: scope.filters.filter(Boolean) } : scope;

/** The scope in words. */
export function useScopeText(): (scope: StaffScope) => string {
  const { t } = useI18n();
  const stores = useQuery(calls.stores);
  return (scope) => {
    if (scope.kind === "stores") {
      const name = (id: string) => stores.data?.items.find((one) => one.id === id)?.name ?? "…";
      return t.staff.storesOf(scope.stores.map(name).join(", "));
    }
    if (scope.kind === "filter") return t.staff.filterOf(scope.filters.join(", "));
    return t.staff.scopes[scope.kind];
  };
}
