import {
  makeStyles,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  Text,
} from '@fluentui/react-components'
import { UnitPrice } from '../../components/Money'
import { meterName } from '../../components/meters'
import { type CatalogModel, priceOf } from './model'

const useStyles = makeStyles({ number: { textAlign: 'end' }, numberHead: { '& > *': { justifyContent: 'end' } } })

/** What each meter of a model costs. */
export function PriceTable({ model }: { model: CatalogModel }) {
  const styles = useStyles()
  if (model.prices.length === 0) return <Text>This model costs nothing here: it has no meter with a price.</Text>
  return (
    <Table size="small" aria-label={`Prices of ${model.displayName}`}>
      <TableHeader>
        <TableRow>
          <TableHeaderCell>Meter</TableHeaderCell>
          <TableHeaderCell className={styles.numberHead}>Price</TableHeaderCell>
          <TableHeaderCell>For</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody>
        {model.prices.map(price => {
          const { amount, currency, per } = priceOf(price)
          return (
            <TableRow key={price.meter}>
              <TableCell>{meterName(price.meter)}</TableCell>
              <TableCell className={styles.number}>
                <UnitPrice amount={amount} currency={currency} />
              </TableCell>
              <TableCell>{per}</TableCell>
            </TableRow>
          )
        })}
      </TableBody>
    </Table>
  )
}
