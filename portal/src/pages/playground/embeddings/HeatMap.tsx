import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { closest, shade } from './cosine'

const useStyles = makeStyles({
  scroll: { overflowX: 'auto' },
  table: { borderCollapse: 'separate', borderSpacing: '2px', fontVariantNumeric: 'tabular-nums' },
  corner: { width: '32px' },
  column: { fontWeight: tokens.fontWeightSemibold, minWidth: '52px', paddingBlock: '4px', textAlign: 'center' },
  row: {
    textAlign: 'start',
    fontWeight: tokens.fontWeightRegular,
    maxWidth: '340px',
    minWidth: '140px',
    paddingInlineEnd: '10px',
    overflowWrap: 'anywhere',
    '@media (max-width: 767px)': { maxWidth: '46vw' },
  },
  number: { fontWeight: tokens.fontWeightSemibold, marginInlineEnd: '6px' },
  cell: { textAlign: 'center', height: '36px', minWidth: '52px', borderRadius: tokens.borderRadiusSmall },
})

interface Props {
  texts: readonly string[]
  cosines: readonly (readonly number[])[]
}

/** Cosines as numbers on colours. */
export function HeatMap({ texts, cosines }: Props) {
  const styles = useStyles()
  const best = closest(cosines)
  return (
    <>
      {best && (
        <Text>
          Most alike are {best.row + 1} and {best.column + 1}, with a cosine of {best.value.toFixed(2)}.
        </Text>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label="Cosines">
        <table className={styles.table} aria-label="How alike the texts are">
          <thead>
            <tr>
              <td className={styles.corner} />
              {texts.map((text, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a text is its place
                <th key={column} scope="col" className={styles.column} title={text}>
                  {column + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cosines.map((line, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <tr key={row}>
                <th scope="row" className={styles.row} dir="auto">
                  <span className={styles.number}>{row + 1}</span>
                  {texts[row]}
                </th>
                {line.map((value, column) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above
                    key={column}
                    className={styles.cell}
                    title={`${row + 1} and ${column + 1}: ${value.toFixed(4)}`}
                    style={{
                      backgroundColor: shade(
                        value,
                        tokens.colorBrandForeground1,
                        tokens.colorPaletteMarigoldForeground3,
                      ),
                    }}
                  >
                    {value.toFixed(2)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
