import { Field, Select } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { api, ask } from '../../api/client'

interface Props {
  subscription: string
  region: string
  onRegion: (region: string) => void
}

/** Where the record of a deployment into a subscription is kept; that of a group is kept in the group. */
export function RegionSelect({ subscription, region, onRegion }: Props) {
  const regions = useQuery({
    queryKey: ['locations', subscription],
    queryFn: ({ signal }) =>
      ask(api.GET('/subscriptions/{subscription}/locations', { params: { path: { subscription } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const known = regions.data?.value ?? []
  return (
    <Field label="Region of its record">
      <Select value={region} onChange={(_, data) => onRegion(data.value)}>
        {!known.some(one => one.name === region) && <option value={region}>{region}</option>}
        {known.map(one => (
          <option key={one.name} value={one.name}>
            {one.displayName}
          </option>
        ))}
      </Select>
    </Field>
  )
}
