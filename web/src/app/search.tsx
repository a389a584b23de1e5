import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import * as calls from "../api/calls.ts";
import { useI18n } from "../i18n/index.tsx";
import { phoneText } from "../pages/customers/phone.ts";
import { SearchIcon } from "../ui/icons.tsx";
import { SECTIONS } from "./shell.tsx";

/** Finds people by name, contact or receipt while typing; with nothing typed it is a list of places to go. */
export function SearchList() {
  const { t, f } = useI18n();
  const go = useNavigate();
  const [typed, setTyped] = useState("");
  const [asked] = useDebouncedValue(typed.trim(), 120);
  const found = useQuery(calls.search(asked));
  const answer = asked.length >= 2 && typed.trim().length >= 2 ? found.data : undefined;
  const words = t.common.top;
  const lower = typed.trim().toLowerCase();
  const pages = SECTIONS.filter((s) => !lower || t.common.nav[s.key].toLowerCase().startsWith(lower));
  const none =
    answer &&
    answer.customers.length + answer.purchases.length + answer.products.length + answer.companies.length ===
      0 &&
    pages.length === 0;

  return (
    <>
      <Spotlight.Search
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        placeholder={words.searchLong}
        aria-label={words.search}
        leftSection={<SearchIcon size={18} />}
      />
      <Spotlight.ActionsList>
        {answer && answer.customers.length > 0 && (
          <Spotlight.ActionsGroup label={words.people}>
            {answer.customers.map((one) => (
              <Spotlight.Action
                key={one.id}
                label={one.name || t.customers.noName}
                description={[one.phone && phoneText(one.phone), one.hint].filter(Boolean).join(" · ")}
                onClick={() => void go({ to: "/customers/$id", params: { id: one.id } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {answer && answer.companies.length > 0 && (
          <Spotlight.ActionsGroup label={t.companies.title}>
            {answer.companies.map((one) => (
              <Spotlight.Action
                key={one.id}
                label={one.name}
                description={[
                  one.inn && t.companies.innIs(one.inn),
                  t.companies.people(one.people_count, f.count(one.people_count)),
                ]
                  .filter(Boolean)
                  .join(" · ")}
                onClick={() => void go({ to: "/companies", search: { open: one.id } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {answer && answer.purchases.length > 0 && (
          <Spotlight.ActionsGroup label={words.receipts}>
            {answer.purchases.map((one) => (
              <Spotlight.Action
                key={one.id}
                label={`${t.customers.card.receipt(one.receipt_no)} · ${f.money(one.paid_minor)}`}
                description={[
                  f.day(one.day),
                  one.store,
                  one.customer_id ? one.customer_name || t.customers.noName : words.anonymous,
                ]
                  .filter(Boolean)
                  .join(" · ")}
                disabled={!one.customer_id}
                onClick={() => {
                  if (!one.customer_id) return;
                  void go({
                    to: "/customers/$id",
                    params: { id: one.customer_id },
                    search: { purchase: one.id },
                  });
                }}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {answer && answer.products.length > 0 && (
          <Spotlight.ActionsGroup label={words.products}>
            {answer.products.map((one) => (
              <Spotlight.Action
                key={one.id}
                label={one.name || one.code}
                description={[
                  one.name !== one.code && one.code,
                  typeof one.price_minor === "number" && f.money(one.price_minor),
                ]
                  .filter(Boolean)
                  .join(" · ")}
                onClick={() =>
                  void go({
                    to: "/settings/$tab",
                    params: { tab: "products" },
                    search: { q: one.name || one.code },
                  })
                }
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={words.pages}>
            {pages.map(({ to, key, Icon }) => (
              <Spotlight.Action
                key={key}
                label={t.common.nav[key]}
                leftSection={<Icon />}
                onClick={() => {
                  spotlight.close();
                  void go({ to });
                }}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {none && <Spotlight.Empty>{words.searchNothing}</Spotlight.Empty>}
        {!typed && (
          <p className="small soft" style={{ padding: "0 14px" }}>
            {words.searchHint}
          </p>
        )}
      </Spotlight.ActionsList>
    </>
  );
}
