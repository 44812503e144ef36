import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components'
import { Checkmark16Regular } from '@fluentui/react-icons'
import type { Workspace } from './places'
import { namesOfId } from './scope'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, maxHeight: '320px', overflowY: 'auto' },
  item: {
    display: 'flex',
    alignItems: 'center',
    width: '100%',
    columnGap: '8px',
    padding: '6px 8px',
    textAlign: 'start',
    font: 'inherit',
    color: 'inherit',
    backgroundColor: 'transparent',
    border: 'none',
    borderRadius: tokens.borderRadiusMedium,
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: tokens.colorSubtleBackgroundSelected },
  words: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, overflowWrap: 'anywhere' },
  where: { color: tokens.colorNeutralForeground3 },
})

interface Props {
  workspaces: readonly Workspace[]
  filter: string
  chosen: string | undefined
  onChoose: (workspace: Workspace) => void
}

/** The projects of a subscription, and the hubs they hang on. */
export function WorkspaceList({ workspaces, filter, chosen, onChoose }: Props) {
  const styles = useStyles()
  const words = filter.trim().toLowerCase()
  const matching = workspaces.filter(one =>
    `${one.name} ${namesOfId(one.id).group} ${one.location}`.toLowerCase().includes(words),
  )
  if (matching.length === 0) {
    return <Text>{workspaces.length === 0 ? 'There is no project here.' : 'No project has this in its name.'}</Text>
  }
  return (
    <ul className={styles.list}>
      {matching.map(one => {
        const isChosen = one.id === chosen
        return (
          <li key={one.id}>
            <button
              type="button"
              className={mergeClasses(styles.item, isChosen && styles.chosen)}
              aria-current={isChosen ? 'true' : undefined}
              onClick={() => onChoose(one)}
            >
              <span className={styles.words}>
                <Text weight={isChosen ? 'semibold' : 'regular'}>{one.name}</Text>
                <Text size={200} className={styles.where}>
                  {[one.kind ?? 'Workspace', namesOfId(one.id).group, one.location].join(' · ')}
                </Text>
              </span>
              {isChosen && <Checkmark16Regular aria-hidden="true" />}
            </button>
          </li>
        )
      })}
    </ul>
  )
}
