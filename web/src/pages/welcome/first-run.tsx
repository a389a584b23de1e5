import { Button, PasswordInput, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as calls from "../../api/calls.ts";
import { RequestProblem } from "../../api/problem.ts";
import { useI18n } from "../../i18n/index.tsx";
import { currencyChoices, ownZone, zoneChoices } from "../../lib/places.ts";
import { ProblemNote, SkeletonLate } from "../../ui/page.tsx";
import { DoorFrame } from "./frame.tsx";
import css from "./welcome.module.css";

const SHORTEST_PASSWORD = 10;

export function FirstRunPage() {
  const { t, l, language } = useI18n();
  const words = t.welcome.firstRun;
  const { token } = useParams({ from: "/first-run/$token" });
  const link = useQuery(calls.firstRun(token));
  const queries = useQueryClient();
  const go = useNavigate();
  const [form, setForm] = useState({
    shop_name: "",
    currency: "RUB",
    time_zone: ownZone(),
    name: "",
    login: "",
    password: "",
  });
  const [tried, setTried] = useState(false);
  const set = (part: Partial<typeof form>) => setForm((now) => ({ ...now, ...part }));

  useEffect(() => {
    document.title = "Vernis";
  }, []);
  const shop = link.data?.shop;
  const allowed = link.data?.currencies;
  useEffect(() => {
    if (!shop) return;
    setForm((now) => ({
      ...now,
      shop_name: now.shop_name || shop.name || "",
      currency: shop.currency || now.currency,
    }));
  }, [shop]);

  const start = useMutation({
    mutationFn: () => calls.act.firstRun(token, form),
    onSuccess: async () => {
      await queries.resetQueries({ queryKey: ["session"] });
      await go({ to: "/" });
    },
  });

  const missing = {
    shop_name: !form.shop_name.trim(),
    name: !form.name.trim(),
    login: !form.login.trim(),
    password: form.password.length < SHORTEST_PASSWORD,
  };
  const told = start.error instanceof RequestProblem ? (start.error.problem.errors ?? []) : [];
  const errorOf = (field: keyof typeof missing) => {
    const server = told.find((one) => one.field === field)?.message;
    if (server) return l(server);
    if (!tried || !missing[field]) return undefined;
    return field === "password" && form.password ? t.welcome.passwordShort : t.welcome.required;
  };

  if (link.error) {
    return (
      <DoorFrame title={words.usedTitle} lead={words.usedDo}>
        <Button component={Link} to="/">
          {t.welcome.signIn.submit}
        </Button>
      </DoorFrame>
    );
  }
  return (
    <DoorFrame title={words.title} lead={words.lead}>
      {link.isPending ? (
        <SkeletonLate height={360} />
      ) : (
        <form
          noValidate
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (!Object.values(missing).some(Boolean)) start.mutate();
          }}
        >
          <fieldset>
            <legend>{words.shop}</legend>
            <TextInput
              label={words.shopName}
              placeholder={words.shopNameHint}
              value={form.shop_name}
              error={errorOf("shop_name")}
              onChange={(e) => set({ shop_name: e.currentTarget.value })}
            />
            <div className={css.two}>
              <Select
                label={words.currency}
                data={currencyChoices(language).filter((one) => !allowed || allowed.includes(one.value))}
                value={form.currency}
                allowDeselect={false}
                searchable
                onChange={(value) => value && set({ currency: value })}
              />
              <Select
                label={words.zone}
                data={zoneChoices(language)}
                value={form.time_zone}
                allowDeselect={false}
                searchable
                onChange={(value) => value && set({ time_zone: value })}
              />
            </div>
          </fieldset>
          <fieldset>
            <legend>{words.you}</legend>
            <div className={css.two}>
              <TextInput
                label={words.name}
                autoComplete="name"
                value={form.name}
                error={errorOf("name")}
                onChange={(e) => set({ name: e.currentTarget.value })}
              />
              <TextInput
                label={words.login}
                autoComplete="username"
                value={form.login}
                error={errorOf("login")}
                onChange={(e) => set({ login: e.currentTarget.value })}
              />
            </div>
            <PasswordInput
              label={words.password}
              description={words.passwordNote}
              autoComplete="new-password"
              value={form.password}
              error={errorOf("password")}
              onChange={(e) => set({ password: e.currentTarget.value })}
            />
          </fieldset>
          {start.error && told.length === 0 && <ProblemNote error={start.error} kept />}
          <Button type="submit" size="md" loading={start.isPending}>
            {words.submit}
          </Button>
        </form>
      )}
    </DoorFrame>
  );
}
