import { useParams } from 'react-router'
import { useCatalog } from './useCatalog'

/** The model that the address names, with how its list is doing. */
export function useModel() {
  const { registry = '', model: name = '' } = useParams()
  const catalog = useCatalog()
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  const model = catalog.data?.find(one => same(one.registry, registry) && same(one.name, name))
  return { catalog, registry, name, model }
}
