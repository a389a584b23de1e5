import { useI18n } from "../i18n/index.tsx";
import { Empty, PageHead, ProblemNote } from "../ui/page.tsx";

export function NotFound() {
  const { t } = useI18n();
  return (
    <Empty title={t.common.error.notFound}>
      <p>{t.common.error.notFoundDo}</p>
    </Empty>
  );
}

export function Crashed({ error }: { error: unknown }) {
  const { t } = useI18n();
  return (
    <div>
      <PageHead title={t.common.error.unexpected} sentence={t.common.error.crashed} />
      <ProblemNote error={error} onRetry={() => location.reload()} />
    </div>
  );
}
