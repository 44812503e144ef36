import { EndpointList } from './EndpointList'

export default EndpointList
