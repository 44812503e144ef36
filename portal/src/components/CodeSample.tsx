import { makeStyles, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { CopyButton } from './CopyButton'
import { Tabs } from './Tabs'

export interface Sample {
  /** What the tab says: `Python`, `curl`. */
  language: string
  code: string
}

const useStyles = makeStyles({
  root: {
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflow: 'hidden',
  },
  head: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    paddingInline: '4px 8px',
    borderBlockEndWidth: '1px',
    borderBlockEndStyle: 'solid',
    borderBlockEndColor: tokens.colorNeutralStroke2,
  },
  code: {
    margin: 0,
    padding: '12px 16px',
    overflow: 'auto',
    maxHeight: '440px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '1.55',
    direction: 'ltr',
    textAlign: 'left',
    tabSize: 2,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
})

/** The same in several languages, to take along. */
export function CodeSample({ samples, label }: { samples: readonly Sample[]; label: string }) {
  const styles = useStyles()
  const [language, setLanguage] = useState(samples[0]?.language ?? '')
  const sample = samples.find(one => one.language === language) ?? samples[0]
  if (!sample) return null
  return (
    <div className={styles.root}>
      <div className={styles.head}>
        <Tabs
          size="small"
          label={label}
          tabs={samples.map(one => ({ value: one.language, title: one.language }))}
          selected={sample.language}
          onSelect={setLanguage}
        />
        <CopyButton text={sample.code} label={`Copy the ${sample.language} code`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <pre className={styles.code} tabIndex={0}>
        <code>{sample.code}</code>
      </pre>
    </div>
  )
}
