import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { forwardRef, useImperativeHandle, useRef, useState } from 'react'
import type { Complaint } from './template'

const LINE_PX = 20
const PAD_PX = 8

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    direction: 'ltr',
    height: '440px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflow: 'hidden',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '13px',
    lineHeight: `${LINE_PX}px`,
    ':focus-within': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-1px' },
  },
  gutter: {
    margin: 0,
    paddingBlock: `${PAD_PX}px`,
    paddingInline: '10px',
    minWidth: '44px',
    textAlign: 'end',
    color: tokens.colorNeutralForeground3,
    backgroundColor: tokens.colorNeutralBackground3,
    overflow: 'hidden',
    userSelect: 'none',
    font: 'inherit',
  },
  place: { position: 'relative', overflow: 'hidden', minWidth: 0 },
  text: {
    position: 'absolute',
    inset: 0,
    width: '100%',
    height: '100%',
    paddingBlock: `${PAD_PX}px`,
    paddingInline: '10px',
    border: 'none',
    outlineStyle: 'none',
    resize: 'none',
    whiteSpace: 'pre',
    overflow: 'auto',
    tabSize: 2,
    font: 'inherit',
    color: tokens.colorNeutralForeground1,
    backgroundColor: 'transparent',
  },
  stripe: { position: 'absolute', insetInline: 0, height: `${LINE_PX}px`, whiteSpace: 'pre', overflow: 'hidden' },
  error: { backgroundColor: tokens.colorStatusDangerBackground1 },
  warning: { backgroundColor: tokens.colorStatusWarningBackground1 },
  // Its place is counted in letters of the text; its own are others.
  after: { position: 'absolute' },
  words: { fontFamily: tokens.fontFamilyBase, fontSize: tokens.fontSizeBase200 },
  errorWords: { color: tokens.colorStatusDangerForeground1 },
  warningWords: { color: tokens.colorStatusWarningForeground3 },
})

export interface EditorHandle {
  /** Puts the cursor onto a line. */
  goTo: (line: number) => void
}

interface Props {
  label: string
  text: string
  onText: (text: string) => void
  complaints: readonly Complaint[]
  /** The id of the list that says the complaints in words. */
  describedBy: string
}

/** A text with numbers of lines, and what is wrong beside the line that it is about. Tab leaves it, as anywhere else. */
export const Editor = forwardRef<EditorHandle, Props>(function Editor(
  { label, text, onText, complaints, describedBy },
  handle,
) {
  const styles = useStyles()
  const area = useRef<HTMLTextAreaElement>(null)
  const [scroll, setScroll] = useState({ top: 0, left: 0 })
  const lines = text.split('\n')
  const numbers = lines.map((_, index) => index + 1).join('\n')

  useImperativeHandle(handle, () => ({
    goTo: line => {
      const element = area.current
      if (!element) return
      const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
      element.focus()
      element.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0))
      element.scrollTop = Math.max(0, (line - 6) * LINE_PX)
    },
  }))

  const placed = new Map<number, Complaint>()
  for (const one of complaints) if (one.line && !placed.has(one.line)) placed.set(one.line, one)
  return (
    <div className={styles.root}>
      <pre className={styles.gutter} aria-hidden="true">
        <div style={{ marginTop: -scroll.top }}>{numbers}</div>
      </pre>
      <div className={styles.place}>
        {[...placed].map(([line, { level, message }]) => {
          const isError = level === 'Error'
          const length = lines[line - 1]?.length ?? 0
          return (
            <div
              key={line}
              aria-hidden="true"
              data-line={line}
              className={mergeClasses(styles.stripe, isError ? styles.error : styles.warning)}
              style={{ top: PAD_PX + (line - 1) * LINE_PX - scroll.top }}
            >
              <span className={styles.after} style={{ left: `calc(${length + 3}ch + 10px - ${scroll.left}px)` }}>
                <span className={mergeClasses(styles.words, isError ? styles.errorWords : styles.warningWords)}>
                  {message}
                </span>
              </span>
            </div>
          )
        })}
        <textarea
          ref={area}
          className={styles.text}
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={complaints.some(one => one.level === 'Error')}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          value={text}
          onChange={event => onText(event.target.value)}
          onScroll={event => setScroll({ top: event.currentTarget.scrollTop, left: event.currentTarget.scrollLeft })}
        />
      </div>
    </div>
  )
})
