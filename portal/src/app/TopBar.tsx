import { Button, makeStyles, Tooltip, tokens } from '@fluentui/react-components'
import { Navigation24Regular } from '@fluentui/react-icons'
import { useLink } from '../components/useLink'
import { Mark } from './Mark'
import { ScopePicker } from './scope/ScopePicker'
import { ThemeMenu } from './ThemeMenu'
import { UserMenu } from './UserMenu'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    alignItems: 'center',
    columnGap: '8px',
    height: '52px',
    paddingInline: '16px 12px',
    borderBlockEndWidth: '1px',
    borderBlockEndStyle: 'solid',
    borderBlockEndColor: tokens.colorNeutralStroke2,
    backgroundColor: tokens.colorNeutralBackground1,
    '@media (max-width: 767px)': { paddingInline: '6px' },
  },
  brand: {
    display: 'flex',
    alignItems: 'center',
    columnGap: '10px',
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  line: { width: '1px', height: '24px', backgroundColor: tokens.colorNeutralStroke2, marginInline: '8px' },
  space: { flexGrow: 1 },
})

/** The bar at the top: what this is, where the page works, how it looks, who is here. */
export function TopBar({ isNarrow, onMenu }: { isNarrow: boolean; onMenu: () => void }) {
  const styles = useStyles()
  const home = useLink('/')
  return (
    <header className={styles.root}>
      {isNarrow && (
        <Tooltip content="Pages" relationship="label">
          <Button appearance="subtle" icon={<Navigation24Regular />} onClick={onMenu} />
        </Tooltip>
      )}
      <a className={styles.brand} {...home}>
        <Mark size={26} name={isNarrow ? 'Cupola' : ''} />
        {!isNarrow && 'Cupola'}
      </a>
      {!isNarrow && <span className={styles.line} />}
      <ScopePicker isNarrow={isNarrow} />
      <span className={styles.space} />
      <ThemeMenu />
      <UserMenu />
    </header>
  )
}
