import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components'
import type { Role } from '../../api/roles'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '8px' },
  list: {
    margin: 0,
    paddingInlineStart: '16px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    direction: 'ltr',
    textAlign: 'start',
  },
  short: {
    maxHeight: '220px',
    overflowY: 'auto',
    padding: '10px 12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
})

/** What a role allows and what it leaves out; beside other fields it is short, and scrolls. */
export function RolePermissions({ role, isShort = false }: { role: Role; isShort?: boolean }) {
  const styles = useStyles()
  const all = role.properties.permissions
  const lists: readonly [string, string[]][] = [
    ['It may', all.flatMap(block => block.actions)],
    ['but not', all.flatMap(block => block.notActions)],
    ['With the models themselves it may', all.flatMap(block => block.dataActions ?? [])],
    ['but not with the models', all.flatMap(block => block.notDataActions ?? [])],
  ]
  return (
    <section
      className={mergeClasses(styles.root, isShort && styles.short)}
      aria-label={`What ${role.properties.roleName} may do`}
      {...(isShort ? { tabIndex: 0 } : {})}
    >
      {role.properties.description && <Text>{role.properties.description}</Text>}
      {lists
        .filter(([, patterns]) => patterns.length > 0)
        .map(([words, patterns]) => (
          <div key={words}>
            <Text weight="semibold" size={200}>
              {words}
            </Text>
            <ul className={styles.list}>
              {patterns.map(pattern => (
                <li key={pattern}>{pattern}</li>
              ))}
            </ul>
          </div>
        ))}
    </section>
  )
}
