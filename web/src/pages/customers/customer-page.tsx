import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useI18n } from "../../i18n/index.tsx";
import { Card } from "./card.tsx";

export function CustomerPage() {
  const { t } = useI18n();
  const { id } = useParams({ from: "/app/customers/$id" });
  const { purchase } = useSearch({ from: "/app/customers/$id" });
  useEffect(() => {
    document.title = `${t.customers.card.title} · Vernis`;
  }, [t]);
  return (
    <>
      <p style={{ margin: "0 0 12px" }}>
        <Link to="/customers" className="small">
          ← {t.customers.card.back}
        </Link>
      </p>
      <Card id={id} opened={purchase} />
    </>
  );
}
