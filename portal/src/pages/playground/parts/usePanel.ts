import { makeStyles, tokens } from '@fluentui/react-components'

/** How the pages beside the chat are laid out: what is asked on one side, what came back on the other. */
export const usePanel = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: '380px minmax(0, 1fr)',
    gap: '20px',
    alignItems: 'start',
    '@media (max-width: 1023px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  card: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '14px',
    padding: '16px',
    minWidth: 0,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '10px', '& > *': { minWidth: 0 } },
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  quiet: { color: tokens.colorNeutralForeground3 },
  facts: { color: tokens.colorNeutralForeground3, fontVariantNumeric: 'tabular-nums' },
})
