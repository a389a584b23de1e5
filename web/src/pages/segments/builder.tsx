import { ActionIcon, Button, Chip, NumberInput, SegmentedControl } from "@mantine/core";
import type { Vocabulary } from "../../api/types.ts";
import { useI18n } from "../../i18n/index.tsx";
import { AddIcon, CloseIcon } from "../../ui/icons.tsx";
import { fresh, Leaf } from "./leaf.tsx";
import css from "./segments.module.css";
import { type Node, rooted } from "./tree.ts";

type Match = "all" | "any";
const matchOf = (node: Node): Match => ("any" in node ? "any" : "all");
const childrenOf = (node: Node): Node[] => ("all" in node ? node.all : "any" in node ? node.any : []);
const group = (match: Match, nodes: Node[]): Node => (match === "all" ? { all: nodes } : { any: nodes });

/** A group of conditions: all or any of them, each may be turned round, groups within groups. */
export function Group(props: {
  node: Node;
  vocabulary: Vocabulary;
  onChange: (node: Node) => void;
  onDrop?: () => void;
  depth?: number;
}) {
  const { t } = useI18n();
  const words = t.segments.editor;
  const { node, vocabulary, onChange, depth = 0 } = props;
  const match = matchOf(node);
  const nodes = childrenOf(node);
  const put = (next: Node[]) => onChange(group(match, next));
  const first = vocabulary.facts[0]?.key ?? "orders";
  return (
    <div className={css.group} data-depth={depth}>
      <div className={css.groupHead}>
        <SegmentedControl
          size="xs"
          aria-label={words.matchLabel}
          value={match}
          data={Object.entries(words.match).map(([value, label]) => ({ value, label }))}
          onChange={(next) => onChange(group(next as Match, nodes))}
        />
        {props.onDrop && (
          <ActionIcon variant="subtle" color="gray" aria-label={words.dropGroup} onClick={props.onDrop}>
            <CloseIcon size={16} />
          </ActionIcon>
        )}
      </div>
      {nodes.map((child, at) => {
        const turned = "not" in child;
        const inner = turned ? child.not : child;
        const change = (next: Node) =>
          put(nodes.map((own, i) => (i === at ? (turned ? { not: next } : next) : own)));
        const drop = () => put(nodes.filter((_, i) => i !== at));
        const isGroup = "all" in inner || "any" in inner;
        return (
          <div key={at} className={css.row}>
            <Chip
              size="xs"
              variant="outline"
              checked={turned}
              aria-label={words.notLabel}
              onChange={(on) => put(nodes.map((own, i) => (i === at ? (on ? { not: inner } : inner) : own)))}
            >
              {words.not}
            </Chip>
            {isGroup ? (
              <Group node={inner} vocabulary={vocabulary} depth={depth + 1} onChange={change} onDrop={drop} />
            ) : (
              <div className={css.leaf}>
                <div className={css.leafBody}>
                  <Leaf node={inner} vocabulary={vocabulary} onChange={change} />
                  {"held" in inner && (
                    <>
                      <NumberInput
                        aria-label={words.heldDays}
                        className={css.days}
                        hideControls
                        min={1}
                        max={366}
                        value={inner.held.days}
                        onChange={(next) => change({ held: { ...inner.held, days: Number(next) } })}
                      />
                      <span className="soft">{words.days}</span>
                      <Group
                        node={rooted(inner.held.what)}
                        vocabulary={vocabulary}
                        depth={depth + 1}
                        onChange={(what) => change({ held: { ...inner.held, what } })}
                      />
                    </>
                  )}
                </div>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  className={css.drop}
                  aria-label={words.drop}
                  onClick={drop}
                >
                  <CloseIcon size={16} />
                </ActionIcon>
              </div>
            )}
          </div>
        );
      })}
      <div className={css.adds}>
        <Button
          variant="light"
          size="compact-md"
          leftSection={<AddIcon size={16} />}
          onClick={() => put([...nodes, fresh(`fact:${first}`, vocabulary)])}
        >
          {words.addCondition}
        </Button>
        {depth < 3 && (
          <Button
            variant="subtle"
            size="compact-md"
            leftSection={<AddIcon size={16} />}
            onClick={() =>
              put([...nodes, group(match === "all" ? "any" : "all", [fresh(`fact:${first}`, vocabulary)])])
            }
          >
            {words.addGroup}
          </Button>
        )}
      </div>
    </div>
  );
}
