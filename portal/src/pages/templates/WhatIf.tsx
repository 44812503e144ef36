import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import { type Change, type DiffLine, linesOf, ORDER, signOf, summaryOf, wordsOf } from './difference'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '12px' },
  title: { margin: 0, outlineStyle: 'none' },
  one: {
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflow: 'hidden',
  },
  head: { padding: '8px 12px', overflowWrap: 'anywhere', backgroundColor: tokens.colorNeutralBackground2 },
  lines: {
    margin: 0,
    paddingBlock: '6px',
    overflowX: 'auto',
    direction: 'ltr',
    textAlign: 'left',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '1.6',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  line: { display: 'block', paddingInline: '12px', whiteSpace: 'pre', width: 'max-content', minWidth: '100%' },
  come: { backgroundColor: tokens.colorStatusSuccessBackground1, color: tokens.colorStatusSuccessForeground3 },
  go: { backgroundColor: tokens.colorStatusDangerBackground1, color: tokens.colorStatusDangerForeground3 },
  change: { backgroundColor: tokens.colorStatusWarningBackground1, color: tokens.colorStatusWarningForeground3 },
})

/** What a deployment would change, resource by resource. */
export function WhatIf({ changes }: { changes: readonly Change[] }) {
  const styles = useStyles()
  const ordered = [...changes].sort((one, other) => ORDER.indexOf(one.changeType) - ORDER.indexOf(other.changeType))
  const title = useRef<HTMLHeadingElement>(null)

  // It mostly comes below the edge of the window. At once and not smoothly, for those who want nothing to move.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever compares again wants to see what came of it
  useEffect(() => {
    title.current?.focus({ preventScroll: true })
    title.current?.scrollIntoView({ block: 'start' })
  }, [changes])

  return (
    <section className={styles.root} aria-label="What would change">
      <div>
        <Text ref={title} tabIndex={-1} as="h2" size={400} weight="semibold" block className={styles.title}>
          What would change
        </Text>
        <Text role="status">{summaryOf(changes)}</Text>
      </div>
      {ordered.map(change => (
        <One key={change.resourceId} change={change} />
      ))}
    </section>
  )
}

function One({ change }: { change: Change }) {
  const styles = useStyles()
  const lines = linesOf(change)
  const [name, type] = [change.resourceId.split('/').at(-1), change.resourceId.split('/providers/').at(-1)]
  return (
    <article className={styles.one} aria-label={`${name} ${wordsOf(change.changeType)}`}>
      <div className={styles.head}>
        <Text weight="semibold">
          {signOf(change.changeType)} {name}
        </Text>{' '}
        <Text>{wordsOf(change.changeType)}</Text>
        <Text block size={200}>
          {type}
        </Text>
        {change.unsupportedReason && (
          <Text block size={200}>
            {change.unsupportedReason}
          </Text>
        )}
      </div>
      {lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <pre className={styles.lines} tabIndex={0}>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
            <Line key={index} line={line} />
          ))}
        </pre>
      )}
    </article>
  )
}

function Line({ line }: { line: DiffLine }) {
  const styles = useStyles()
  const look = { '+': styles.come, '-': styles.go, '~': styles.change, ' ': undefined }[line.sign]
  return (
    <span className={mergeClasses(styles.line, look)}>{`${line.sign} ${'  '.repeat(line.depth)}${line.text}`}</span>
  )
}
